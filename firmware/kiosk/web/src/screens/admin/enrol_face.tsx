import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { ClassName } from '../../parts/class_name';
import { Icon } from '../../parts/icon';
import { Pages } from '../../parts/pages';
import { Preview } from '../../parts/preview';
import { Sheet } from '../../parts/sheet';
import { hasPreview } from '../../state';
import type { Enrolled } from '../admin';
import { DocumentStep } from './document_step';
import { EnrolmentState, useEnrolment } from './enrolling';

type Step = 'document' | 'witnesses' | 'capture' | 'similar';

/** The document's portrait, two witnesses, then the face in five poses before the camera. */
export function EnrolFace(props: { who: Enrolled; people: Enrolled[]; onEnd: () => void }) {
  const { state, say } = useApp();
  const { who } = props;
  const [step, setStep] = useState<Step>('document');
  const [document, setDocument] = useState<string | null>(null);
  const [witnesses, setWitnesses] = useState<string[]>([]);
  const [anyPose, setAnyPose] = useState(false);
  const { enrolling, start, stop, again } = useEnrolment('enrol_face');
  const begin = (allow_similar = false) => {
    setStep('capture');
    start({
      person: who.person,
      from: 'camera',
      any_pose: anyPose,
      ...(allow_similar ? { allow_similar } : {}),
      witnesses: witnesses.map((person) => ({ person })),
      ...(document === null ? {} : { document }),
    });
  };
  const repeat = () => {
    again();
    setStep('document');
  };
  const leave = () => {
    stop();
    props.onEnd();
  };
  return (
    <Sheet title={say('admin.enrolling', { who: who.name })} back={say('button.back')} onBack={leave}>
      {step === 'document' && (
        <DocumentStep portrait={document} onPortrait={setDocument} onNext={() => setStep('witnesses')} />
      )}
      {step === 'witnesses' && (
        <WitnessStep
          people={props.people.filter((one) => one.person !== who.person)}
          chosen={witnesses}
          onChoose={setWitnesses}
          anyPose={anyPose}
          onAnyPose={setAnyPose}
          onBegin={() => begin()}
        />
      )}
      {step === 'capture' && (
        <div class="capture capture-beside">
          {enrolling.outcome === null && hasPreview(state) && <Preview label={say('admin.camera')} />}
          <EnrolmentState
            enrolling={enrolling}
            first={say('guidance.look_here')}
            onStop={stop}
            onSimilar={() => setStep('similar')}
            onAgain={repeat}
          />
        </div>
      )}
      {step === 'similar' && <SimilarStep who={who} onYes={() => begin(true)} onNo={repeat} />}
    </Sheet>
  );
}

function WitnessStep(props: {
  people: Enrolled[];
  chosen: string[];
  onChoose: (people: string[]) => void;
  anyPose: boolean;
  onAnyPose: (yes: boolean) => void;
  onBegin: () => void;
}) {
  const { say } = useApp();
  const toggle = (person: string) => {
    const without = props.chosen.filter((one) => one !== person);
    props.onChoose(without.length < props.chosen.length ? without : [...props.chosen, person].slice(-2));
  };
  return (
    <>
      <h2 class="section-title">
        {say('admin.witnesses')} ({props.chosen.length})
      </h2>
      <Pages items={props.people} size={6}>
        {(one) => (
          <button
            class="button name"
            aria-pressed={props.chosen.includes(one.person)}
            onClick={() => toggle(one.person)}
          >
            {props.chosen.includes(one.person) && <Icon name="ok" />}
            <span class="name-number">{one.number}</span>
            <span>
              {one.name}
              <ClassName who={one} people={props.people} />
            </span>
          </button>
        )}
      </Pages>
      <label class="check">
        <input
          type="checkbox"
          checked={props.anyPose}
          onChange={(event) => props.onAnyPose(event.currentTarget.checked)}
        />
        {say('admin.any_pose')}
      </label>
      <button class="button button-big button-main" onClick={props.onBegin}>
        {say('admin.start')}
      </button>
    </>
  );
}

/** Twins, perhaps: the operator has seen both, or else two names would stand for one person. */
function SimilarStep({ who, onYes, onNo }: { who: Enrolled; onYes: () => void; onNo: () => void }) {
  const { say } = useApp();
  return (
    <>
      <p class="question">{say('similar.question', { who: who.name })}</p>
      <p>{say('similar.consequence')}</p>
      <div class="choices">
        <button class="button button-big button-no" onClick={onYes}>
          {say('similar.yes')}
        </button>
        <button class="button button-big" onClick={onNo}>
          {say('similar.no')}
        </button>
      </div>
    </>
  );
}
