import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Sheet } from '../../parts/sheet';
import type { Enrolled } from '../admin';
import { EnrolmentState, useEnrolment } from './enrolling';

const names = ['thumb', 'index', 'middle', 'ring', 'little'] as const;
const fingers = [
  ...names.map((name) => `right_${name}` as const),
  ...names.map((name) => `left_${name}` as const),
];

/** Which finger, then several impressions of it. */
export function EnrolFinger({ who, onEnd }: { who: Enrolled; onEnd: () => void }) {
  const { say } = useApp();
  const [finger, setFinger] = useState<(typeof fingers)[number] | null>(null);
  const { enrolling, start, stop, again } = useEnrolment('enrol_finger');
  const leave = () => {
    stop();
    onEnd();
  };
  const begin = (which: (typeof fingers)[number]) => {
    setFinger(which);
    start({ person: who.person, finger: which });
  };
  return (
    <Sheet title={say('admin.enrolling', { who: who.name })} back={say('button.back')} onBack={leave}>
      {finger === null ? (
        <>
          <h2 class="section-title">{say('admin.which_finger')}</h2>
          <div class="fingers">
            {fingers.map((which) => (
              <button class="button" onClick={() => begin(which)}>
                {say(`finger.${which}`)}
              </button>
            ))}
          </div>
        </>
      ) : (
        <div class="capture">
          <h2 class="section-title">{say(`finger.${finger}`)}</h2>
          <EnrolmentState
            enrolling={enrolling}
            first={say('admin.press_when_ready')}
            onStop={stop}
            onAgain={() => {
              again();
              setFinger(null);
            }}
          />
        </div>
      )}
    </Sheet>
  );
}
