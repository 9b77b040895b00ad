import { useState } from 'preact/hooks';
import { nowMs, useApp } from '../../app';
import { day, timeOfDay } from '../../clock';
import { Icon } from '../../parts/icon';
import { useOnce } from '../../parts/use_once';
import { errorText } from '../../parts/use_order';
import { wallMs } from '../../state';
import type { Planned } from './plan';
import { Question } from './question';

const quarterMs = 15 * 60_000;
const dayMs = 86_400_000;
const changes = ['time', 'teacher', 'place', 'not_held'] as const;
type Change = (typeof changes)[number];

/** What of a lesson is to change. A request only: the bureau's approval changes the plan. */
export function ChangeOf({ lesson, onEnd }: { lesson: Planned; onEnd: () => void }) {
  const { state, say, link } = useApp();
  const [beginMs, setBeginMs] = useState<number | null>(null); // of a new time that is being chosen
  const [end, setEnd] = useState<string | null>(null);
  const begun = lesson.begin_ms <= (wallMs(state, nowMs()) ?? 0);
  const { busy, once } = useOnce();
  const request = (change: Change, begin_ms?: number) =>
    once(async () => {
      const what = { class: lesson.class, lesson: lesson.lesson, change };
      const order = begin_ms === undefined ? what : { ...what, begin_ms };
      const outcome = await link.orders.order('request_change', order);
      setEnd(outcome.ok ? say('change.done') : errorText(say, outcome.error));
    });
  return (
    <Question
      title={`${lesson.title} · ${day(lesson.begin_ms)} ${timeOfDay(lesson.begin_ms)}`}
      end={end}
      onEnd={onEnd}
    >
      {beginMs === null ? (
        <div class="choices choices-down">
          {changes
            .filter((change) => change === 'not_held' || !begun)
            .map((change) => (
              <button
                class="button"
                disabled={busy}
                onClick={() => (change === 'time' ? setBeginMs(lesson.begin_ms) : request(change))}
              >
                {say(`change.${change}`)}
              </button>
            ))}
        </div>
      ) : (
        <>
          <Stepper
            text={day(beginMs)}
            label={say('change.day')}
            onStep={(n) => setBeginMs(beginMs + n * dayMs)}
          />
          <Stepper
            text={timeOfDay(beginMs)}
            label={say('change.begin')}
            onStep={(n) => setBeginMs(beginMs + n * quarterMs)}
          />
          <button
            class="button button-main"
            disabled={busy || beginMs === lesson.begin_ms}
            onClick={() => request('time', beginMs)}
          >
            <Icon name="ok" />
            {say('change.ask')}
          </button>
        </>
      )}
    </Question>
  );
}

function Stepper(props: { text: string; label: string; onStep: (by: 1 | -1) => void }) {
  const { say } = useApp();
  return (
    <div class="stepper" role="group" aria-label={props.label}>
      <span class="stepper-label">{props.label}</span>
      <button class="button" aria-label={say('change.earlier')} onClick={() => props.onStep(-1)}>
        <Icon name="left" />
      </button>
      <output class="stepper-value">{props.text}</output>
      <button class="button" aria-label={say('change.later')} onClick={() => props.onStep(1)}>
        <Icon name="right" />
      </button>
    </div>
  );
}
