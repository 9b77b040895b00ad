import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { timeOfDay } from '../clock';
import { Pages } from '../parts/pages';
import { Sheet } from '../parts/sheet';
import { Tabs } from '../parts/tabs';
import { useOnce } from '../parts/use_once';
import { errorText, listOf, useOrder } from '../parts/use_order';
import type { Status } from '../terminal/messages';
import { sentence, tables } from '../texts';
import { Difficulties } from './teacher/difficulties';
import { Plan } from './teacher/plan';
import { Question } from './teacher/question';

export interface Person {
  person: string;
  number: string;
  name: string;
  state: 'present' | 'left' | 'missing' | 'unknown'; // unknown: the clock is not set
  accommodation: '' | 'finger' | 'third_factor';
}
export interface OpenLesson {
  class: string;
  lesson: string;
  class_name: string;
  title: string;
  people: Person[];
}
interface PendingClaim {
  seq: number;
  wall_ms: number;
  clock: Status['clock'];
  number: string;
  name: string;
  reason: string;
}
export function Teacher({ onLeave }: { onLeave: () => void }) {
  const { state, say } = useApp();
  const [tab, setTab] = useState<'missing' | 'claims' | 'difficulties' | 'plan'>(
    state.status?.clock === 'unset' ? 'plan' : 'missing',
  );
  return (
    <Sheet title={say('teacher.title')} back={say('button.logout')} onBack={onLeave}>
      <Tabs
        tabs={[
          ['missing', say('teacher.missing')],
          ['claims', say('teacher.claims')],
          ['difficulties', say('teacher.difficulties')],
          ['plan', say('teacher.plan')],
        ]}
        chosen={tab}
        onChoose={setTab}
      />
      {tab === 'missing' && <Missing />}
      {tab === 'claims' && <Claims />}
      {tab === 'difficulties' && <Difficulties />}
      {tab === 'plan' && <Plan />}
    </Sheet>
  );
}

/** Counts on every few seconds: what a list shows changes while a teacher looks at it. */
function useTurns(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((n) => n + 1), 5_000);
    return () => clearInterval(timer);
  }, []);
  return turn;
}

/** Who is missing first: that is what the teacher wants to know. */
function Missing() {
  const { say } = useApp();
  const [punching, setPunching] = useState<Person | null>(null);
  const asked = useOrder('lesson', {}, useTurns());
  const lessons = listOf<OpenLesson>(asked, 'lessons');
  if (punching !== null) {
    return <ManualPunch who={punching} onEnd={() => setPunching(null)} />;
  }
  if (asked.error !== null) {
    return <p>{errorText(say, asked.error)}</p>;
  }
  return (
    <>
      {asked.result !== null && lessons.length === 0 && <p>{say('teacher.no_lesson')}</p>}
      {lessons.map((lesson) => (
        <Attendance lesson={lesson} onPunch={setPunching} />
      ))}
    </>
  );
}

function Attendance({ lesson, onPunch }: { lesson: OpenLesson; onPunch: (who: Person) => void }) {
  const { say } = useApp();
  const unknown = lesson.people.filter((person) => person.state === 'unknown');
  const missing = lesson.people.filter((person) => person.state === 'missing');
  return (
    <section>
      <h2 class="section-title">
        {lesson.title} · {lesson.class_name}
      </h2>
      {unknown.length > 0 ? <p role="status">{say('teacher.unknown')}</p> : <Tally people={lesson.people} />}
      {unknown.length + missing.length === 0 && <p>{say('teacher.nobody_missing')}</p>}
      <Pages items={[...unknown, ...missing]} size={9}>
        {(person) => (
          <button class="button name" onClick={() => onPunch(person)}>
            <span class="name-number">{person.number}</span>
            {person.name}
          </button>
        )}
      </Pages>
    </section>
  );
}

function Tally({ people }: { people: Person[] }) {
  const { say } = useApp();
  return (
    <p class="tally">
      {(['missing', 'present', 'left'] as const).map((state) => (
        <span>
          {say(`teacher.${state}`)}{' '}
          <strong>{people.filter((person) => person.state === state).length}</strong>
        </span>
      ))}
    </p>
  );
}

const reasons = ['finger_face', 'injury', 'device'] as const;

function ManualPunch({ who, onEnd }: { who: Person; onEnd: () => void }) {
  const { say, link } = useApp();
  const [end, setEnd] = useState<string | null>(null);
  const { busy, once } = useOnce();
  const punch = async (reason: (typeof reasons)[number]) => {
    const words = tables['zh-CN'][`teacher.reason_${reason}`]; // the bureau reads it
    const outcome = await link.orders.order('manual_punch', { person: who.person, reason: words });
    setEnd(outcome.ok ? say('teacher.manual_done', { who: who.name }) : errorText(say, outcome.error));
  };
  return (
    <Question title={`${say('teacher.manual')} · ${who.number} ${who.name}`} end={end} onEnd={onEnd}>
      <p>{say('teacher.manual_why')}</p>
      <div class="choices choices-down">
        {reasons.map((reason) => (
          <button class="button" disabled={busy} onClick={() => once(() => punch(reason))}>
            {say(`teacher.reason_${reason}`)}
          </button>
        ))}
      </div>
    </Question>
  );
}

function Claims() {
  const { say } = useApp();
  const asked = useOrder('claims', {}, useTurns());
  const claims = listOf<PendingClaim>(asked, 'claims');
  if (asked.error !== null) {
    return <p>{errorText(say, asked.error)}</p>;
  }
  return (
    <>
      {asked.result !== null && claims.length === 0 && <p>{say('teacher.no_claims')}</p>}
      <Pages items={claims} size={6}>
        {(claim) => (
          <p class="line">
            {claim.clock !== 'unset' && <time>{timeOfDay(claim.wall_ms)}</time>} {claim.number} {claim.name}
            <small>
              {sentence(say, 'reason', claim.reason)}
              {claim.clock === 'unset' && ` · ${say('teacher.claim_unset')}`}
            </small>
          </p>
        )}
      </Pages>
    </>
  );
}
