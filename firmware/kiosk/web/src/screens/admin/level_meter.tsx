import { useApp } from '../../app';
import { Icon } from '../../parts/icon';

const range = 100; // dB below full scale: digital silence

/** Speak: the bar moves with the voice. Colour, shape and word say whether a lesson video would have sound. */
export function LevelMeter() {
  const { state, say } = useApp();
  const sound = state.sounded;
  if (sound === null) {
    return <span class="level">{say('admin.sound_waiting')}</span>;
  }
  const heard = sound.dbfs >= sound.silent_below;
  return (
    <span class="level">
      <progress class="bar" max={range} value={sound.dbfs + range} aria-label={say('admin.sound_level')} />
      <span class={heard ? 'level-state' : 'level-state mark mark-fix'}>
        <Icon name={heard ? 'sound' : 'mute'} />
        {say(heard ? 'admin.sound_heard' : 'admin.sound_silent', { dbfs: sound.dbfs })}
      </span>
    </span>
  );
}
