import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { Preview } from '../../parts/preview';
import { look } from '../../parts/tone';
import { useOnce } from '../../parts/use_once';
import { errorText } from '../../parts/use_order';
import { hasPreview } from '../../state';
import type { OrderError } from '../../terminal/messages';
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
  const [error, setError] = useState<OrderError | null>(null);
  const camera = hasPreview(state);
  const files = location.hash !== '#board'; // xueshi-kiosk.service says so: its browser opens none
  const wanted = useRef(false); // false: nobody would see the portrait that comes, so nobody may use it
  useEffect(() => () => void (wanted.current = false), []);
  const photograph = () =>
    once(async () => {
      wanted.current = true;
      props.onPortrait(null);
      setError(null);
      const outcome = await link.orders.order('photograph_document', {}, ({ document }) => {
        if (typeof document === 'string') {
          setHint(document);
        }
      });
      setHint('hold_it_up');
      if (wanted.current && outcome.ok) {
        props.onPortrait(String(outcome.result['portrait']));
      } else if (wanted.current && !outcome.ok) {
        setError(outcome.error);
      }
    });
  const cancel = () => {
    wanted.current = false;
    link.orders.cancel();
  };
  const next = () => {
    if (busy) {
      cancel();
    }
    props.onNext();
  };
  const read = (file: File | undefined) => {
    setError(null);
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
      <Hint hint={props.portrait !== null ? 'is_it' : camera ? hint : null} error={error} />
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

/** Without a hint only what is wanted is said. */
function Hint({ hint, error }: { hint: string | null; error: OrderError | null }) {
  const { say } = useApp();
  const { tone, icon } = look(error === null ? 'ready' : 'not_live');
  const text = hint === null ? say('admin.document') : sentence(say, 'document', hint);
  const why = error?.code === 'timeout' ? say('document.not_seen') : error && errorText(say, error);
  return (
    <p class={`guidance tone-${tone}`} role="status">
      <Icon name={icon} />
      <span>{why ?? text}</span>
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
