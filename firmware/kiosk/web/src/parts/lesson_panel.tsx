import { useApp, useEvery } from '../app';
import { day, timeOfDay } from '../clock';
import { wallMs } from '../state';
import type { Evidence, Lesson, Status } from '../terminal/messages';
import type { Speak } from '../texts';
import { Icon, type IconName } from './icon';

/** Which lesson this is, how far it is, who is here, and whether its video suffices. */
export function LessonPanel() {
  const { state, say } = useApp();
  const now = wallMs(state, useEvery(1000));
  const status = state.status;
  if (status === null) {
    return null;
  }
  if (now === null) {
    return <ClockUnset status={status} />;
  }
  const lesson = lessonNow(status.lessons, now);
  if (lesson === undefined) {
    return <NoLesson status={status} />;
  }
  return (
    <section class="panel">
      <p class="panel-kicker">{phase(lesson, now, say)}</p>
      <h2 class="panel-title">{lesson.title}</h2>
      <p class="panel-sub">
        {lesson.class_name} · {lesson.teacher}
      </p>
      <LessonClock lesson={lesson} now={now} />
      <p class="count">
        <span class="count-label">{say('lesson.checked_in')}</span>
        <strong class="count-number">{lesson.present}</strong>
        <span>{say('lesson.people')}</span>
        <span class="count-of">{say('lesson.of', { roster: lesson.roster })}</span>
      </p>
      {lesson.evidence !== null && <EvidenceMeter evidence={lesson.evidence} lesson={lesson} now={now} />}
      {status.lessons.length > 1 && (
        <p class="panel-sub">{say('lesson.more', { n: status.lessons.length - 1 })}</p>
      )}
    </section>
  );
}

/** The one that is held; else the first, before it begins or while people still check out of it. */
export function lessonNow(lessons: Lesson[], now: number): Lesson | undefined {
  return lessons.find((lesson) => lesson.begin_ms <= now && now < lesson.end_ms) ?? lessons[0];
}

export function phase(lesson: Lesson, now: number, say: Speak): string {
  const minutes = (ms: number) => Math.max(1, Math.ceil(ms / 60_000));
  if (now < lesson.begin_ms) {
    return say('lesson.until_start', { minutes: minutes(lesson.begin_ms - now) });
  }
  return now < lesson.end_ms
    ? say('lesson.left', { minutes: minutes(lesson.end_ms - now) })
    : say('lesson.ended');
}

function LessonClock({ lesson, now }: { lesson: Lesson; now: number }) {
  const { say } = useApp();
  return (
    <div class="lesson-clock">
      <progress
        class="bar"
        max={lesson.end_ms - lesson.begin_ms}
        value={Math.min(Math.max(0, now - lesson.begin_ms), lesson.end_ms - lesson.begin_ms)}
        aria-label={say('lesson.now')}
      />
      <span>{say('lesson.time', { begin: timeOfDay(lesson.begin_ms), end: timeOfDay(lesson.end_ms) })}</span>
    </div>
  );
}

const unusableMs = 2 * 60_000;

/** Whether the video falls short in a way that can still be mended: much of it is no use, or too little time is left. */
export function evidenceState(evidence: Evidence, leftMs: number): 'enough' | 'short' | 'on_the_way' {
  const owed = evidence.owed_ms - evidence.counted_ms;
  if (owed <= 0) {
    return 'enough';
  }
  return evidence.recorded_ms - evidence.usable_ms >= unusableMs || owed > leftMs ? 'short' : 'on_the_way';
}

function EvidenceMeter({ evidence, lesson, now }: { evidence: Evidence; lesson: Lesson; now: number }) {
  const { say } = useApp();
  const minutes = (ms: number) => Math.floor(ms / 60_000);
  const state = evidenceState(evidence, lesson.end_ms - now);
  return (
    <div class="evidence">
      <span class="evidence-title">
        <Icon name={{ enough: 'ok', short: 'warn', on_the_way: 'video' }[state] as IconName} />
        {say('evidence.title')}
      </span>
      <span>
        {say('evidence.value', { usable: minutes(evidence.counted_ms), owed: minutes(evidence.owed_ms) })}
        {state === 'enough' && ` · ${say('evidence.enough')}`}
      </span>
      <progress
        class="bar"
        max={Math.max(1, evidence.owed_ms)}
        value={evidence.counted_ms}
        aria-label={say('evidence.title')}
      />
      {evidence.faces >= 0 && (
        <span class="evidence-faces">
          {say('evidence.faces', { faces: evidence.faces, present: lesson.present })}
        </span>
      )}
      {state === 'short' && <span class="mark mark-fix">{say('evidence.short')}</span>}
    </div>
  );
}

function ClockUnset({ status }: { status: Status }) {
  const { say } = useApp();
  return (
    <section class="panel">
      {status.picked !== null && <p class="panel-kicker">{say('lesson.picked')}</p>}
      <h2 class="panel-title">{status.picked?.title ?? say('clock.unset')}</h2>
      <p>{say('clock.unset_detail')}</p>
      {status.picked === null && <p>{say('clock.unset_teacher')}</p>}
    </section>
  );
}

function NoLesson({ status }: { status: Status }) {
  const { say } = useApp();
  return (
    <section class="panel">
      <h2 class="panel-title">{say('lesson.none')}</h2>
      {status.next !== null && (
        <>
          <p class="panel-kicker">{say('lesson.next')}</p>
          <p class="panel-next">{status.next.title}</p>
          <p class="panel-sub">
            {status.next.class_name}
            <br />
            {say('lesson.at', { day: day(status.next.begin_ms), time: timeOfDay(status.next.begin_ms) })}
          </p>
        </>
      )}
    </section>
  );
}
