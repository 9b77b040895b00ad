import { useState } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { Icon, type IconName } from '../parts/icon';
import { PinCommand } from '../parts/pin_command';
import { Qr } from '../parts/qr';
import { isApproved, pinsAbsent, pinsToChoose, syncError } from '../state';
import type { Hello, Status } from '../terminal/messages';
import type { TextKey } from '../texts';
import { FirstPin } from './first_pin';
import type { StaffRole } from './staff';

type StepState = 'done' | 'now' | 'waiting' | 'failed';
const icons: Record<StepState, IconName> = { done: 'ok', now: 'right', waiting: 'clock', failed: 'warn' };

/** How far a new terminal is, as its sync state tells, and whether its PINs are there. */
export function steps(status: Status, pins: Hello['pins']): [TextKey, StepState][] {
  const { state, error_zh } = status.sync;
  const failed = error_zh !== '' || state === 'stopped' || state === 'offline';
  const running: StepState = failed ? 'failed' : 'now';
  const at = { unknown: 0, claiming: 0, waiting_approval: 1, stopped: 0, offline: 3, online: 3 }[state];
  const received = status.roster_as_of_ms > 0;
  const states = ['contact', 'approval', 'certificate', 'roster'] as const;
  const list = states.map((step, i): [TextKey, StepState] => [
    `provisioning.step_${step}`,
    i < at || received ? 'done' : i > at ? 'waiting' : running,
  ]);
  const choosing = status.first_pins.length > 0;
  const pin = pins.admin && pins.teacher ? 'done' : choosing ? 'now' : 'waiting';
  return [...list, ['provisioning.step_pin', pin]];
}

export function Provisioning() {
  const { state, say, dispatch } = useApp();
  const [choosing, setChoosing] = useState<StaffRole | null>(null);
  const status = state.status;
  if (status === null) {
    return null;
  }
  if (choosing !== null && pinsToChoose(state).includes(choosing)) {
    return <FirstPin role={choosing} onEnd={() => setChoosing(null)} />;
  }
  const code = status.sync.claim_code;
  const error = syncError(state);
  return (
    <main class="provisioning">
      <h1>{say('provisioning.title')}</h1>
      <ol class="steps">
        {steps(status, state.hello?.pins ?? { teacher: false, admin: false }).map(([text, step]) => (
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
      {isApproved(status) && <Pins onChoose={setChoosing} />}
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

/** The last step: a button for each PIN that may be chosen here, or the command that sets it. */
function Pins({ onChoose }: { onChoose: (role: StaffRole) => void }) {
  const { state, say } = useApp();
  const roles = pinsToChoose(state);
  if (pinsAbsent(state).length === 0) {
    return null;
  }
  return (
    <section class="first-pins">
      <p>{say(roles.length > 0 ? 'provisioning.pin_explain' : 'pin.by_command')}</p>
      {roles.map((role) => (
        <button class="button button-big button-main" onClick={() => onChoose(role)}>
          <Icon name="lock" />
          {say('provisioning.set_pin')} {say(`pin.${role}`)}
        </button>
      ))}
      {roles.length === 0 && pinsAbsent(state).map((role) => <PinCommand role={role} />)}
    </section>
  );
}
