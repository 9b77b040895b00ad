import { useApp, useEvery } from '../app';
import { countdown } from '../clock';
import { callHidden, called, wallMs } from '../state';
import type { Called } from '../terminal/messages';
import { commonEnd, shownOf } from './call_turns';
import { Icon } from './icon';

const most = 3;

/** Above the screens that hide the call: a teacher at their own pages, or somebody at a claim, sees who is called. */
export function CallBar() {
  const { state, say } = useApp();
  const tick = useEvery(500);
  const now = wallMs(state, tick);
  const people = called(state);
  if (people.length === 0 || now === null || !callHidden(state)) {
    return null;
  }
  const endMs = commonEnd(people);
  const named = ({ number, name, until_ms }: Called) =>
    `${number} ${name} ${endMs === null ? countdown(until_ms - now) : ''}`.trim();
  const more = people.length - most;
  return (
    <aside class="call-bar" aria-label={say('call.title')}>
      <Icon name="hand" />
      <span>{say('call.title')}</span>
      <strong class="call-bar-names" role="status">
        {shownOf(people, most, tick).map(named).join(' · ')}
      </strong>
      {more > 0 && <span>{say('call.more', { n: more })}</span>}
      {endMs !== null && (
        <span class="call-bar-time" role="timer">
          {say('call.left', { time: countdown(endMs - now) })}
        </span>
      )}
    </aside>
  );
}
