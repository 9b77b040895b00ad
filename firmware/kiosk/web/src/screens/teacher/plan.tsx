import { useState } from 'preact/hooks';
import { nowMs, useApp } from '../../app';
import { day, timeOfDay } from '../../clock';
import { Icon } from '../../parts/icon';
import { Pages } from '../../parts/pages';
import { useOnce } from '../../parts/use_once';
import { listOf, useOrder } from '../../parts/use_order';
import { wallMs } from '../../state';
import { sentence } from '../../texts';
import { ChangeOf } from './change';

export interface Planned {
  class: string;
  class_name: string;
  lesson: string;
  title: string;
  begin_ms: number;
  end_ms: number;
}
interface Requested {
  seq: number;
  wall_ms: number;
  title: string;
  lesson_begin_ms: number;
  change: string;
  begin_ms: number;
}

/** The room's lessons: under an unset clock one is picked, else a change of one is asked for. */
export function Plan() {
  const { state } = useApp();
  return state.status?.clock === 'unset' ? <Pick /> : <Changes />;
}

function Pick() {
  const { state, say, link, dispatch } = useApp();
  const asked = useOrder('plan');
  const picked = state.status?.picked ?? null;
  const { busy, once } = useOnce(); // or the second tap would take the choice back
  const pick = (which: { class: string; lesson: string }) => {
    once(async () => void (await link.orders.order('pick_lesson', which)));
    dispatch({ type: 'touch', nowMs: nowMs() });
  };
  return (
    <>
      <p>{say('teacher.pick_explain')}</p>
      <Pages items={listOf<Planned>(asked, 'lessons')} size={6}>
        {(lesson) => {
          const chosen = picked?.class === lesson.class && picked.lesson === lesson.lesson;
          const none = { class: '', lesson: '' };
          return (
            <button
              class="button name"
              aria-pressed={chosen}
              disabled={busy}
              onClick={() => pick(chosen ? none : { class: lesson.class, lesson: lesson.lesson })}
            >
              {chosen && <Icon name="ok" />}
              <LessonLabel lesson={lesson} />
            </button>
          );
        }}
      </Pages>
    </>
  );
}

function Changes() {
  const { say } = useApp();
  const [turn, setTurn] = useState(0);
  const [chosen, setChosen] = useState<Planned | null>(null);
  const plan = useOrder('plan');
  return chosen !== null ? (
    <ChangeOf
      lesson={chosen}
      onEnd={() => {
        setChosen(null);
        setTurn(turn + 1);
      }}
    />
  ) : (
    <>
      <p>{say('change.explain')}</p>
      <Pages items={listOf<Planned>(plan, 'lessons')} size={4}>
        {(lesson) => (
          <button class="button name" onClick={() => setChosen(lesson)}>
            <LessonLabel lesson={lesson} />
          </button>
        )}
      </Pages>
      <RequestedChanges turn={turn} />
    </>
  );
}

function LessonLabel({ lesson }: { lesson: Planned }) {
  return (
    <span>
      {lesson.title}
      <small>
        {day(lesson.begin_ms)} {timeOfDay(lesson.begin_ms)} · {lesson.class_name}
      </small>
    </span>
  );
}

function RequestedChanges({ turn }: { turn: number }) {
  const { state, say } = useApp();
  const requested = listOf<Requested>(useOrder('changes', {}, turn), 'changes');
  const today = wallMs(state, nowMs());
  if (requested.length === 0 || today === null) {
    return null;
  }
  return (
    <section>
      <h2 class="section-title">{say('change.requested')}</h2>
      <Pages items={requested} size={3}>
        {(one) => (
          <p class="line">
            <time>{day(one.wall_ms)}</time> {one.title}{' '}
            {one.lesson_begin_ms > 0 && `${day(one.lesson_begin_ms)} ${timeOfDay(one.lesson_begin_ms)}`}
            <small>
              {sentence(say, 'change', one.change)}
              {one.begin_ms > 0 && `: ${day(one.begin_ms)} ${timeOfDay(one.begin_ms)}`}
            </small>
          </p>
        )}
      </Pages>
    </section>
  );
}
