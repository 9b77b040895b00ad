import { useRef, useState, type MutableRef } from 'preact/hooks';
import { useApp } from '../app';
import { ClassName } from '../parts/class_name';
import { Pages } from '../parts/pages';
import { Sheet } from '../parts/sheet';
import { Tabs } from '../parts/tabs';
import { errorText, listOf, useOrder } from '../parts/use_order';
import { DevicePage } from './admin/device';
import { Icon } from '../parts/icon';
import { PersonPage } from './admin/person';
import { TestPage } from './admin/test';

export interface Enrolled {
  person: string;
  number: string;
  name: string;
  class: string;
  class_name: string;
  face: boolean;
  fingers: number;
  consents: string[];
}

export function Admin({ onLeave }: { onLeave: () => void }) {
  const { say } = useApp();
  const [tab, setTab] = useState<'people' | 'test' | 'device'>('people');
  const [person, setPerson] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const place = useRef(0); // in the list, while one of it is open
  const asked = useOrder('people', {}, turn);
  const people = listOf<Enrolled>(asked, 'people');
  const chosen = people.find((one) => one.person === person);
  if (chosen !== undefined) {
    return (
      <PersonPage
        who={chosen}
        people={people}
        onChanged={() => setTurn(turn + 1)}
        onBack={() => setPerson(null)}
      />
    );
  }
  return (
    <Sheet title={say('admin.title')} back={say('button.logout')} onBack={onLeave}>
      <Tabs
        tabs={[
          ['people', say('admin.people')],
          ['test', say('admin.test')],
          ['device', say('admin.device')],
        ]}
        chosen={tab}
        onChoose={setTab}
      />
      {tab === 'people' && asked.error !== null && <p>{errorText(say, asked.error)}</p>}
      {tab === 'people' && <People people={people} place={place} onChoose={setPerson} />}
      {tab === 'test' && <TestPage />}
      {tab === 'device' && <DevicePage />}
    </Sheet>
  );
}

function People(props: {
  people: Enrolled[];
  place: MutableRef<number>;
  onChoose: (person: string) => void;
}) {
  const { say } = useApp();
  const { people, place, onChoose } = props;
  return (
    <Pages items={people} size={9} place={place}>
      {(who) => (
        <button class="button name" onClick={() => onChoose(who.person)}>
          <span class="name-number">{who.number}</span>
          <span>
            {who.name}
            <ClassName who={who} people={people} />
            <small>
              <Mark there={who.face} text={say('admin.face')} />{' '}
              <Mark there={who.fingers > 0} text={say('admin.fingers', { n: who.fingers })} />
            </small>
          </span>
        </button>
      )}
    </Pages>
  );
}

/** What is enrolled or not; sign and word stay together. */
function Mark({ there, text }: { there: boolean; text: string }) {
  return (
    <span class="together">
      <Icon name={there ? 'ok' : 'no'} />
      {text}
    </span>
  );
}
