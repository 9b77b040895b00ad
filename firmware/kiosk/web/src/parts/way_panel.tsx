import { nowMs, useApp } from '../app';
import { Icon } from './icon';

/** After two refusals: the finger, and then the claim. */
export function WayPanel() {
  const { state, say } = useApp();
  if (state.way === 'claim') {
    return (
      <section class="panel way">
        <Icon name="hand" />
        <p class="way-text">{say('refused.unknown_person')}</p>
        <WayButton />
      </section>
    );
  }
  return (
    <section class="panel way">
      <Icon name="finger" />
      <p class="way-text">{say('way.finger')}</p>
      <p class="panel-sub">{say('way.finger_detail')}</p>
    </section>
  );
}

export function WayButton() {
  const { say, dispatch } = useApp();
  return (
    <button
      class="button button-main button-big"
      onClick={() => dispatch({ type: 'screen', screen: 'claim', nowMs: nowMs() })}
    >
      <Icon name="hand" />
      {say('way.claim')}
    </button>
  );
}
