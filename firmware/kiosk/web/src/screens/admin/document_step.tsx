import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { Preview } from '../../parts/preview';
import { look } from '../../parts/tone';
import { useOnce } from '../../parts/use_once';
import { hasPreview } from '../../state';
import { sentence } from '../../texts';

/** The document is held before the camera, and the operator sees what was taken for its portrait; or a file is chosen. */
export function DocumentStep(props: {
  portrait: string | null; // base64
  onPortrait: (portrait: string | null) => void;
  onNext: () => void;
}) {
  const { state, say, link } = useApp();
  const { busy, once } = useOnce();
  const [hint, setHint] = useState('hold_it_up');
  const camera = hasPreview(state);
  const files = location.hash !== '#board'; // xueshi-kiosk.service says so: its browser opens none
  const photograph = () =>
    once(async () => {
      props.onPortrait(null);
      setHint('hold_it_up');
      const outcome = await link.orders.order('photograph_document', {}, ({ document }) => {
        if (typeof document === 'string') {
          setHint(document);
        }
      });
      const portrait = outcome.ok ? outcome.result['portrait'] : null;
      if (typeof portrait === 'string') {
        props.onPortrait(portrait);
      } else {
        setHint('not_seen');
      }
    });
  const cancel = () => link.orders.cancel();
  const next = () => {
    if (busy) {
      cancel();
    }
    props.onNext();
  };
  const read = (file: File | undefined) => {
    void file?.arrayBuffer().then((bytes) => props.onPortrait(base64(new Uint8Array(bytes))));
  };
  return (
    <div class="capture capture-beside">
      {props.portrait !== null && (
        <img class="portrait" src={`data:image/jpeg;base64,${props.portrait}`} alt={say('admin.document')} />
      )}
      {props.portrait === null && camera && (
        <div class="held">
          <Preview label={say('admin.camera')} />
        </div>
      )}
      <Hint hint={props.portrait !== null ? 'is_it' : camera ? hint : null} />
      <div class="choices">
        {camera && (
          <button class="button" onClick={busy ? cancel : photograph}>
            <Icon name={busy ? 'no' : 'eye'} />
            {say(busy ? 'button.cancel' : props.portrait === null ? 'admin.document_take' : 'button.again')}
          </button>
        )}
        {files && !busy && (
          <label class="button">
            {say('admin.document_file')}
            <input
              class="file"
              type="file"
              accept="image/jpeg,image/png"
              onChange={(event) => read(event.currentTarget.files?.[0])}
            />
          </label>
        )}
        <button class="button button-main" onClick={next}>
          {say('button.next_step')}
          <Icon name="right" />
        </button>
      </div>
    </div>
  );
}

/** null: only what is wanted is said. */
function Hint({ hint }: { hint: string | null }) {
  const { say } = useApp();
  const { tone, icon } = look(hint === 'not_seen' ? 'not_live' : 'ready');
  return (
    <p class={`guidance tone-${tone}`} role="status">
      <Icon name={icon} />
      <span>{hint === null ? say('admin.document') : sentence(say, 'document', hint)}</span>
    </p>
  );
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}
