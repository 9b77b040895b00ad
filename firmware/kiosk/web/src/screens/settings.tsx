import { nowMs, useApp } from '../app';
import { Icon } from '../parts/icon';
import { Sheet } from '../parts/sheet';
import { language, languages } from '../state';
import { tables } from '../texts';

/** Language and sound: for this person, until nobody has touched the screen for a while. */
export function Settings() {
  const { state, say, dispatch } = useApp();
  const home = () => dispatch({ type: 'screen', screen: 'checkin', nowMs: nowMs() });
  return (
    <Sheet title={say('help.language_title')} back={say('button.back')} onBack={home}>
      <div class="choices">
        {languages(state).map((code) => (
          <button
            class="button button-big"
            lang={code}
            aria-pressed={code === language(state)}
            onClick={() => {
              dispatch({ type: 'language', language: code, nowMs: nowMs() });
              home();
            }}
          >
            {code === language(state) && <Icon name="ok" />}
            {tables[code]['language.name']}
          </button>
        ))}
      </div>
      <button class="button" onClick={() => dispatch({ type: 'sound', on: !state.sound })}>
        <Icon name={state.sound ? 'sound' : 'mute'} />
        {state.sound ? say('button.sound_on') : say('button.sound_off')}
      </button>
    </Sheet>
  );
}
