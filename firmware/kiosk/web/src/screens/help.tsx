import { nowMs, useApp } from '../app';
import { Icon } from '../parts/icon';
import { Sheet } from '../parts/sheet';
import { WayButton } from '../parts/way_panel';

export function Help() {
  const { say, dispatch } = useApp();
  return (
    <Sheet
      title={say('help.title')}
      back={say('button.back')}
      onBack={() => dispatch({ type: 'screen', screen: 'checkin', nowMs: nowMs() })}
    >
      <ul class="help">
        <li>
          <Icon name="eye" />
          <p>{say('help.face')}</p>
        </li>
        <li>
          <Icon name="finger" />
          <p>{say('help.finger')}</p>
        </li>
        <li>
          <Icon name="hand" />
          <p>{say('help.claim')}</p>
        </li>
      </ul>
      <WayButton />
    </Sheet>
  );
}
