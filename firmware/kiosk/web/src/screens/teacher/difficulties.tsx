import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { Pages } from '../../parts/pages';
import { useOnce } from '../../parts/use_once';
import { errorText, listOf, useOrder } from '../../parts/use_order';
import { tables, type TextKey } from '../../texts';
import type { OpenLesson, Person } from '../teacher';
import { Question } from './question';

/** Who has a lasting difficulty with face or finger, and what is accepted instead: recorded once, by touching the name. */
export function Difficulties() {
  const { say } = useApp();
  const [turn, setTurn] = useState(0);
  const [chosen, setChosen] = useState<Person | null>(null);
  const asked = useOrder('lesson', {}, turn);
  const lessons = listOf<OpenLesson>(asked, 'lessons');
  if (chosen !== null) {
    return (
      <Difficulty
        who={chosen}
        onEnd={() => {
          setChosen(null);
          setTurn(turn + 1);
        }}
      />
    );
  }
  if (asked.error !== null) {
    return <p>{errorText(say, asked.error)}</p>;
  }
  if (asked.result !== null && lessons.length === 0) {
    return <p>{say('teacher.no_lesson')}</p>;
  }
  const people = [...new Map(lessons.flatMap((one) => one.people).map((who) => [who.person, who])).values()];
  const accommodated = (who: Person) => who.accommodation !== '';
  const recordedFirst = [...people.filter(accommodated), ...people.filter((who) => !accommodated(who))];
  return (
    <>
      <p>{say('difficulty.explain')}</p>
      <Pages items={recordedFirst} size={6}>
        {(who) => (
          <button class="button name" onClick={() => setChosen(who)}>
            <span class="name-number">{who.number}</span>
            <span>
              {who.name}
              {accommodated(who) && (
                <small>
                  <Icon name="ok" />
                  {say(insteadKey(who.accommodation))}
                </small>
              )}
            </span>
          </button>
        )}
      </Pages>
    </>
  );
}

const insteadKey = (instead: string): TextKey =>
  instead === 'finger' ? 'difficulty.finger' : 'difficulty.third_factor';
const reasons = {
  finger: 'difficulty.why_finger',
  third_factor: 'difficulty.why_third_factor',
} as const;

function Difficulty({ who, onEnd }: { who: Person; onEnd: () => void }) {
  const { say, link } = useApp();
  const [end, setEnd] = useState<string | null>(null);
  const { busy, once } = useOnce();
  const record = (instead: keyof typeof reasons, given: boolean) =>
    once(async () => {
      const reason = tables['zh-CN'][given ? reasons[instead] : 'difficulty.why_no_longer']; // the bureau reads it
      const order = { person: who.person, instead, given, reason };
      const outcome = await link.orders.order('accommodate', order);
      setEnd(outcome.ok ? say('difficulty.recorded') : errorText(say, outcome.error));
    });
  const now = who.accommodation;
  return (
    <Question title={`${say('teacher.difficulties')} · ${who.number} ${who.name}`} end={end} onEnd={onEnd}>
      <div class="choices choices-down">
        {(['finger', 'third_factor'] as const)
          .filter((instead) => instead !== now)
          .map((instead) => (
            <button class="button name" disabled={busy} onClick={() => record(instead, true)}>
              <Icon name={instead === 'finger' ? 'finger' : 'hand'} />
              <span>
                {say(insteadKey(instead))}
                <small>{say(reasons[instead])}</small>
              </span>
            </button>
          ))}
        {now !== '' && (
          <button class="button button-no" disabled={busy} onClick={() => record(now, false)}>
            {say('difficulty.end')}
          </button>
        )}
      </div>
    </Question>
  );
}
