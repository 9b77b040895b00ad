import { useRef } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon, type IconName } from '../../parts/icon';
import { Preview } from '../../parts/preview';
import { hasPreview, language } from '../../state';
import { LevelMeter } from './level_meter';
import type { DeviceState } from '../../terminal/messages';

const icons: Record<DeviceState, IconName> = { running: 'ok', down: 'warn', none: 'no' };

/** Camera, reader and sound as they are now, to be tried by hand. */
export function TestPage() {
  const { state, say } = useApp();
  const audio = useRef<HTMLAudioElement>(null);
  const status = state.status;
  if (status === null) {
    return null;
  }
  const play = () => {
    if (audio.current !== null) {
      audio.current.src = `say-${language(state)}-check_in.ogg`;
      void audio.current.play().catch(() => {});
    }
  };
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
        <li class="consent">
          <Icon name="sound" />
          <span>{say('admin.loudspeaker')}</span>
          <button class="button" onClick={play}>
            {say('admin.play')}
          </button>
          <audio ref={audio} hidden />
        </li>
      </ul>
    </div>
  );
}
