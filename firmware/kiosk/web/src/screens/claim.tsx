import { useRef, useState, type MutableRef } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { ClassName, classOf } from '../parts/class_name';
import { Icon } from '../parts/icon';
import { Keypad } from '../parts/keypad';
import { Pages } from '../parts/pages';
import { useSpoken } from '../parts/prompts';
import { Sheet } from '../parts/sheet';
import { useOnce } from '../parts/use_once';
import { errorText, listOf, useOrder } from '../parts/use_order';
import type { Claimant } from '../state';
import type { Outcome } from '../terminal/orders';

interface Listed extends Claimant {
  class: string;
}

/** "I am here and was not recognised": the own name out of the roster, asked once more, then a pending claim. */
export function Claim() {
  const { state, say, dispatch, link } = useApp();
  const chosen = state.claimant;
  const setChosen = (who: Claimant | null) => dispatch({ type: 'claimant', who, nowMs: nowMs() });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const { busy, once } = useOnce();
  const place = useRef(0); // in the list, while a name of it is asked about
  const home = () => dispatch({ type: 'screen', screen: 'checkin', nowMs: nowMs() });
  const claim = async (who: Claimant) => {
    const subject = who.person !== '' ? { person: who.person } : { number: who.number };
    const answer = await link.orders.order('claim', { ...subject, reason: 'not_recognised' });
    setOutcome(answer);
    if (answer.ok) {
      dispatch({ type: 'claimed' });
    }
  };
  if (outcome !== null) {
    return (
      <Sheet title={say('way.claim')} back={say('button.close')} onBack={home}>
        <ClaimEnd outcome={outcome} />
      </Sheet>
    );
  }
  if (chosen === null) {
    return <Choose place={place} onChoose={setChosen} onBack={home} />;
  }
  return (
    <Sheet title={say('way.claim')} back={say('button.back')} onBack={() => setChosen(null)}>
      <p class="question">{say('claim.confirm', { who: whoIs(chosen, say) })}</p>
      <p>{say('claim.explain')}</p>
      <div class="choices">
        <button
          class="button button-big button-main"
          disabled={busy}
          onClick={() => once(() => claim(chosen))}
        >
          <Icon name="ok" />
          {say('button.yes')}
        </button>
        <button class="button button-big" onClick={() => setChosen(null)}>
          <Icon name="no" />
          {say('button.no')}
        </button>
      </div>
    </Sheet>
  );
}

function whoIs(who: Claimant, say: ReturnType<typeof useApp>['say']): string {
  return `${who.class_name} ${who.name} ${say('result.number', { number: who.number })}`.trim();
}

function Choose(props: { place: MutableRef<number>; onChoose: (who: Claimant) => void; onBack: () => void }) {
  const { say } = useApp();
  const [number, setNumber] = useState('');
  const asked = useOrder('names');
  if (asked.error !== null) {
    return (
      <Sheet title={say('claim.number_title')} back={say('button.back')} onBack={props.onBack}>
        <output class="typed">{number}</output>
        <Keypad
          value={number}
          most={12}
          onChange={setNumber}
          onOk={() => props.onChoose({ person: '', number, name: '', class_name: '' })}
        />
      </Sheet>
    );
  }
  const names = listOf<Listed>(asked, 'people');
  return (
    <Sheet title={say('claim.title')} back={say('button.back')} onBack={props.onBack}>
      {asked.result !== null && names.length === 0 && <p>{say('claim.empty')}</p>}
      <Pages items={names} size={12} place={props.place}>
        {(who) => (
          <button
            class="button name"
            onClick={() => props.onChoose({ ...who, class_name: classOf(who, names) })}
          >
            <span class="name-number">{who.number}</span>
            <span>
              {who.name}
              <ClassName who={who} people={names} />
            </span>
          </button>
        )}
      </Pages>
    </Sheet>
  );
}

function ClaimEnd({ outcome }: { outcome: Outcome }) {
  const { say } = useApp();
  useSpoken(outcome.ok ? 'claim.done' : null);
  if (!outcome.ok) {
    return (
      <p class="notice notice-no" role="alert">
        <Icon name="no" />
        {errorText(say, outcome.error)}
      </p>
    );
  }
  return (
    <div class="notice notice-ok" role="status">
      <Icon name="ok" />
      <p class="question">{say('claim.done')}</p>
      <p>{outcome.result['earlier'] === true ? say('claim.earlier') : say('claim.done_detail')}</p>
    </div>
  );
}
