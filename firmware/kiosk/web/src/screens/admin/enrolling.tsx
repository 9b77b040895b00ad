import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { useSpoken } from '../../parts/prompts';
import { look } from '../../parts/tone';
import { useOnce } from '../../parts/use_once';
import { errorText } from '../../parts/use_order';
import { sentence, type Speak } from '../../texts';
import type { Outcome } from '../../terminal/orders';

export interface Enrolling {
  running: boolean;
  stage: number;
  of: number;
  guidance: string | null;
  refusal: string | null;
  outcome: Outcome | null;
}

const idle: Enrolling = { running: false, stage: 0, of: 0, guidance: null, refusal: null, outcome: null };

/** Runs one enrolment and keeps what it says meanwhile. */
export function useEnrolment(verb: 'enrol_face' | 'enrol_finger') {
  const { link } = useApp();
  const [enrolling, setEnrolling] = useState(idle);
  const { once } = useOnce();
  const start = (args: Record<string, unknown>) =>
    once(async () => {
      setEnrolling({ ...idle, running: true });
      const progress = (line: Record<string, unknown>) => setEnrolling((before) => after(before, line));
      const outcome = await link.orders.order(verb, args, progress);
      setEnrolling((before) => ({ ...before, running: false, outcome }));
    });
  return { enrolling, start, stop: () => link.orders.cancel(), again: () => setEnrolling(idle) };
}

/** A line of progress: how far it is, what to do next, or why it is refused. */
export function after(before: Enrolling, line: Record<string, unknown>): Enrolling {
  const { stage, of, guidance, refusal } = line;
  return {
    ...before,
    stage: typeof stage === 'number' ? stage : before.stage,
    of: typeof of === 'number' ? of : before.of,
    guidance: typeof guidance === 'string' ? guidance : before.guidance,
    refusal: typeof refusal === 'string' ? refusal : before.refusal,
  };
}

function endText(say: Speak, { outcome, refusal }: Enrolling): string {
  if (outcome === null || outcome.ok) {
    return say('admin.enrolled');
  }
  return refusal !== null ? sentence(say, 'refusal', refusal) : errorText(say, outcome.error);
}

export function EnrolmentState(props: {
  enrolling: Enrolling;
  first: string;
  onSimilar?: () => void; // of a face that is enrolled under another name
  onAgain: () => void;
  onStop: () => void;
}) {
  const { say } = useApp();
  const { enrolling } = props;
  const { guidance, outcome } = enrolling;
  useSpoken(guidance === null || outcome !== null ? null : `guidance.${guidance}`); // the head is turned away
  if (enrolling.outcome !== null) {
    const ok = enrolling.outcome.ok;
    return (
      <div class={`notice notice-${ok ? 'ok' : 'no'}`} role="status">
        <Icon name={ok ? 'ok' : 'no'} />
        <p class="question">{endText(say, enrolling)}</p>
        {!ok && enrolling.refusal === 'duplicate_face' && props.onSimilar && (
          <button class="button button-big" onClick={props.onSimilar}>
            <Icon name="people" />
            {say('similar.offer')}
          </button>
        )}
        {!ok && (
          <button class="button button-big" onClick={props.onAgain}>
            {say('button.again')}
          </button>
        )}
      </div>
    );
  }
  const { tone, icon } = look(enrolling.guidance ?? 'ready');
  return (
    <>
      <p class={`guidance tone-${tone}`} role="status">
        <Icon name={icon} />
        <span>
          {enrolling.guidance === null ? props.first : sentence(say, 'guidance', enrolling.guidance)}
        </span>
      </p>
      {enrolling.of > 0 && (
        <div class="stages">
          <span>{say('admin.stage', { stage: enrolling.stage, of: enrolling.of })}</span>
          <progress class="bar" max={enrolling.of} value={enrolling.stage} aria-label={say('admin.people')} />
        </div>
      )}
      <button class="button" onClick={props.onStop}>
        {say('button.cancel')}
      </button>
    </>
  );
}
