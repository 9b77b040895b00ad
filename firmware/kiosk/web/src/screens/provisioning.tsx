import { nowMs, useApp } from '../app';
import { Icon, type IconName } from '../parts/icon';
import { Qr } from '../parts/qr';
import { syncError } from '../state';
import type { Status } from '../terminal/messages';
import type { TextKey } from '../texts';

type StepState = 'done' | 'now' | 'waiting' | 'failed';
const icons: Record<StepState, IconName> = { done: 'ok', now: 'right', waiting: 'clock', failed: 'warn' };

/** How far a new terminal is, as its sync state tells. */
export function steps(status: Status): [TextKey, StepState][] {
  const { state, error_zh } = status.sync;
  const failed = error_zh !== '' || state === 'stopped' || state === 'offline';
  const running: StepState = failed ? 'failed' : 'now';
  const at = { unknown: 0, claiming: 0, waiting_approval: 1, stopped: 0, offline: 3, online: 3 }[state];
  const states = ['contact', 'approval', 'certificate', 'roster'] as const;
  return states.map((step, i) => [
    `provisioning.step_${step}`,
    i < at ? 'done' : i > at ? 'waiting' : running,
  ]);
}

export function Provisioning() {
  const { state, say, dispatch } = useApp();
  const status = state.status;
  if (status === null) {
    return null;
  }
  const code = status.sync.claim_code;
  const error = syncError(state);
  return (
    <main class="provisioning">
      <h1>{say('provisioning.title')}</h1>
      <ol class="steps">
        {steps(status).map(([text, step]) => (
          <li class={`step step-${step}`}>
            <Icon name={icons[step]} />
            <span>{say(text)}</span>
            <small>{say(`provisioning.${step}`)}</small>
          </li>
        ))}
        {error !== '' && <li class="step-error">{error}</li>}
      </ol>
      {code !== '' && (
        <section class="claim-code">
          <p>{say('provisioning.code')}</p>
          <strong class="code">{code}</strong>
          <Qr text={code} label={code} />
        </section>
      )}
      <nav class="foot-buttons">
        <button
          class="button"
          onClick={() => dispatch({ type: 'screen', screen: 'settings', nowMs: nowMs() })}
        >
          <span lang="zh-CN">语言</span> <span lang="ko">언어</span> <span lang="en">EN</span>
        </button>
        <button
          class="button button-quiet"
          onClick={() => dispatch({ type: 'screen', screen: 'staff', nowMs: nowMs() })}
        >
          <Icon name="lock" />
          {say('button.staff')}
        </button>
      </nav>
    </main>
  );
}
