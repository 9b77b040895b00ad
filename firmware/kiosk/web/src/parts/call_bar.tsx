import { useApp, useEvery } from '../app';
import { countdown } from '../clock';
import { callHidden, called, wallMs } from '../state';
import { Icon } from './icon';

const most = 3;

/** Above the screens that hide the call: a teacher at their own pages, or somebody at a claim, sees who is called. */
export function CallBar() {
  const { state, say } = useApp();
  const now = wallMs(state, useEvery(500));
  const people = called(state);
  if (people.length === 0 || now === null || !callHidden(state)) {
    return null;
  }
  const endMs = Math.min(...people.map((one) => one.until_ms));
  const more = people.length - most;
  return (
    <aside class="call-bar" aria-label={say('call.title')}>
      <Icon name="hand" />
      <span>{say('call.title')}</span>
      <strong class="call-bar-names" role="status">
        {people
          .slice(0, most)
          .map((one) => `${one.number} ${one.name}`.trim())
          .join(' · ')}
      </strong>
      {more > 0 && <span>{say('call.more', { n: more })}</span>}
      <span class="call-bar-time" role="timer">
        {say('call.left', { time: countdown(endMs - now) })}
      </span>
    </aside>
  );
}
