import { useEffect, useRef } from 'preact/hooks';
import { nowMs, useApp } from '../app';
import { Newest } from '../terminal/newest';
import type { Box, Picture } from '../terminal/messages';
import { look, type Tone } from './tone';

// As in styles/base.css; a canvas knows no custom properties.
const frameColour: Record<Tone, string> = { ok: '#7ff0b0', ask: '#ffffff', fix: '#ffd257', no: '#ff9d94' };

/** The live picture as in a mirror, with the frame about the face over it. */
export function Preview({ label }: { label: string }) {
  const { state, link, pictures } = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const face = useRef<{ box: Box | null; tone: Tone }>({ box: null, tone: 'ask' });
  face.current = { box: state.guidance?.face ?? null, tone: look(state.guidance?.code ?? 'ready').tone };

  useEffect(() => {
    const newest = new Newest<Picture>(
      async (picture) => {
        const taken = nowMs();
        const image = await createImageBitmap(new Blob([picture.jpeg as BlobPart], { type: 'image/jpeg' }));
        if (canvas.current !== null) {
          draw(canvas.current, image, face.current.box, face.current.tone);
          canvas.current.dataset['ageMs'] = String(Math.round(picture.ageMs + nowMs() - taken));
          canvas.current.dataset['picture'] = String(picture.number);
        }
        image.close();
      },
      (picture) => link.acknowledge(picture.number),
    );
    return pictures.watch((picture) => newest.offer(picture));
  }, [link, pictures]);

  const shape = state.hello?.preview ?? { width: 480, height: 270 };
  return (
    <canvas
      class="preview"
      ref={canvas}
      width={shape.width}
      height={shape.height}
      role="img"
      aria-label={label}
    />
  );
}

function draw(canvas: HTMLCanvasElement, image: ImageBitmap, box: Box | null, tone: Tone): void {
  const context = canvas.getContext('2d');
  if (context === null) {
    return;
  }
  canvas.width = image.width;
  canvas.height = image.height;
  context.translate(image.width, 0);
  context.scale(-1, 1);
  context.drawImage(image, 0, 0);
  if (box !== null) {
    const corner = frame(box, image.width, image.height);
    context.lineCap = 'round';
    context.lineWidth = image.width / 70; // a dark rim, so that the frame is seen on any picture
    context.strokeStyle = '#10201a';
    context.stroke(corner);
    context.lineWidth = image.width / 130;
    context.strokeStyle = frameColour[tone];
    context.stroke(corner);
  }
}

/** Four corners rather than a box: it hides less of the face. */
function frame(box: Box, width: number, height: number): Path2D {
  const [left, right] = [(box.x / 1000) * width, ((box.x + box.width) / 1000) * width];
  const [top, bottom] = [(box.y / 1000) * height, ((box.y + box.height) / 1000) * height];
  const arm = (right - left) / 4;
  const path = new Path2D();
  for (const [x, inward] of [
    [left, arm],
    [right, -arm],
  ] as const) {
    for (const [y, downward] of [
      [top, arm],
      [bottom, -arm],
    ] as const) {
      path.moveTo(x + inward, y);
      path.lineTo(x, y);
      path.lineTo(x, y + downward);
    }
  }
  return path;
}
