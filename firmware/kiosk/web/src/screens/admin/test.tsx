import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon, type IconName } from '../../parts/icon';
import { Preview } from '../../parts/preview';
import { useOnce } from '../../parts/use_once';
import { errorText } from '../../parts/use_order';
import { useVoice } from '../../parts/voice';
import { hasPreview } from '../../state';
import { LevelMeter } from './level_meter';
import type { DeviceState, OrderError } from '../../terminal/messages';

const icons: Record<DeviceState, IconName> = { running: 'ok', down: 'warn', none: 'no' };

/** Camera, reader and sound as they are now, to be tried by hand. */
export function TestPage() {
  const { state, say } = useApp();
  const status = state.status;
  if (status === null) {
    return null;
  }
  return (
    <div class="tests">
      {status.devices.camera === 'running' && hasPreview(state) && <Preview label={say('admin.camera')} />}
      <ul class="consents">
        {(['camera', 'reader', 'classroom', 'microphone'] as const).map((device) => (
          <li class="consent">
            <Icon name={icons[status.devices[device]]} />
            <span>
              {say(`admin.${device}`)}
              <small>{say(`admin.state_${status.devices[device]}`)}</small>
            </span>
            {device === 'microphone' && status.devices.microphone === 'running' && <LevelMeter />}
          </li>
        ))}
        <li class="consent">
          <Icon name="finger" />
          <span>{say('admin.press_to_test', { outcome: say(`admin.finger_${status.finger}`) })}</span>
        </li>
        {state.hello?.access !== 'lan' && <LoudspeakerTest />}
      </ul>
    </div>
  );
}

/** By the same way as every prompt. Whether it was heard only those who stand there know. */
function LoudspeakerTest() {
  const { say } = useApp();
  const voice = useVoice();
  const { busy, once } = useOnce();
  const [error, setError] = useState<OrderError | null>(null);
  const play = async () => {
    setError(null);
    setError(await voice(['check_in']));
  };
  return (
    <li class="consent">
      <Icon name={error === null ? 'sound' : 'warn'} />
      <span>
        {say('admin.loudspeaker')}
        <small role="status">
          {error !== null && say('admin.not_played', { why: errorText(say, error) })}
        </small>
      </span>
      <button class="button" disabled={busy} onClick={() => once(play)}>
        {say('admin.play')}
      </button>
    </li>
  );
}
