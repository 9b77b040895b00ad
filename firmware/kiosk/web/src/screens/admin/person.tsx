import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { classOf } from '../../parts/class_name';
import { Icon } from '../../parts/icon';
import { Sheet } from '../../parts/sheet';
import { useOnce } from '../../parts/use_once';
import { errorText } from '../../parts/use_order';
import type { Enrolled } from '../admin';
import { ConsentReading, Consents, type Purpose } from './consents';
import { EnrolFace } from './enrol_face';
import { EnrolFinger } from './enrol_finger';

type Part = 'overview' | 'face' | 'finger' | 'erase' | { consent: Purpose } | { withdraw: Purpose };

/** One trainee: what was agreed to and what was taken; the ways to take it and to erase it. */
export function PersonPage(props: {
  who: Enrolled;
  people: Enrolled[];
  onChanged: () => void;
  onBack: () => void;
}) {
  const { say } = useApp();
  const { who, people, onChanged } = props;
  const [part, setPart] = useState<Part>('overview');
  const title = [`${who.number} ${who.name}`, classOf(who, people)].filter(Boolean).join(' · ');
  const overview = () => {
    setPart('overview');
    onChanged();
  };
  if (part === 'face') {
    return <EnrolFace who={who} people={people} onEnd={overview} />;
  }
  if (part === 'finger') {
    return <EnrolFinger who={who} onEnd={overview} />;
  }
  if (part === 'erase') {
    return <Withdraw who={who} purpose={null} onEnd={overview} />;
  }
  if (part !== 'overview') {
    return 'consent' in part ? (
      <ConsentReading who={who} purpose={part.consent} onDone={overview} />
    ) : (
      <Withdraw who={who} purpose={part.withdraw} onEnd={overview} />
    );
  }
  return (
    <Sheet title={title} back={say('button.back')} onBack={props.onBack}>
      <Consents
        who={who}
        onRead={(consent) => setPart({ consent })}
        onWithdraw={(withdraw) => setPart({ withdraw })}
      />
      <div class="choices">
        <button
          class="button button-big"
          disabled={!who.consents.includes('face')}
          onClick={() => setPart('face')}
        >
          <Icon name={who.face ? 'ok' : 'eye'} />
          {say('admin.enrol_face')}
        </button>
        <button
          class="button button-big"
          disabled={!who.consents.includes('finger')}
          onClick={() => setPart('finger')}
        >
          <Icon name={who.fingers > 0 ? 'ok' : 'finger'} />
          {say('admin.enrol_finger')} ({who.fingers})
        </button>
      </div>
      <button
        class="button button-no"
        disabled={who.consents.length === 0 && !who.face && who.fingers === 0}
        onClick={() => setPart('erase')}
      >
        {say('admin.withdraw')}
      </button>
    </Sheet>
  );
}

/** One consent, or all of them (`purpose` is null), and what rests on it: asked once more, since nothing brings it back. */
function Withdraw({ who, purpose, onEnd }: { who: Enrolled; purpose: Purpose | null; onEnd: () => void }) {
  const { say, link } = useApp();
  const [end, setEnd] = useState<string | null>(null);
  const { busy, once } = useOnce();
  const withdraw = async () => {
    const outcome = await (purpose === null
      ? link.orders.order('erase', { person: who.person, reason: '学员撤回同意' })
      : link.orders.order('consent', { person: who.person, purpose, given: false }));
    if (!outcome.ok) {
      setEnd(errorText(say, outcome.error));
      return;
    }
    const left = Number(outcome.result['left_in_reader'] ?? 0);
    const done = say(purpose === null ? 'admin.withdrawn' : 'admin.withdrawn_one');
    setEnd(done + (left > 0 ? ` ${say('admin.left_in_reader', { n: left })}` : ''));
  };
  const title =
    purpose === null
      ? say('admin.withdraw')
      : `${say('admin.withdraw_one')} · ${say(`admin.purpose_${purpose}`)}`;
  return (
    <Sheet title={title} back={say('button.back')} onBack={onEnd}>
      {end !== null ? (
        <p class="question" role="status">
          {end}
        </p>
      ) : (
        <>
          <p class="question">
            {say(purpose === null ? 'admin.withdraw_sure' : 'admin.withdraw_one_sure', { who: who.name })}
          </p>
          <div class="choices">
            <button class="button button-big button-no" disabled={busy} onClick={() => once(withdraw)}>
              {say('button.ok')}
            </button>
            <button class="button button-big" onClick={onEnd}>
              {say('button.back')}
            </button>
          </div>
        </>
      )}
    </Sheet>
  );
}
