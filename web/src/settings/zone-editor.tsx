/** Zones, masks and what is blacked out, drawn on the camera's picture: corners are dragged, or moved by the arrow keys. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Settings } from '../../../src/http/schemas/settings.ts';
import { whyNot } from '../api/failure-words.ts';
import { useApp } from '../app/app.ts';
import { changeCamera } from '../cameras/camera-api.ts';
import { messages } from '../messages/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import type { SchemaNode } from './keys.ts';
import type { Point } from './polygon.ts';
import { middle, movedCorner, withCorner } from './polygon.ts';
import styles from './settings.module.css';

interface Shape {
  readonly kind: 'zone' | 'mask' | 'privacy';
  readonly name: string;
  readonly points: readonly Point[];
  /** What else stands in the file about it; kept. */
  readonly rest: Readonly<Record<string, unknown>>;
}

const stepShare = 0.01;

export function ZoneEditor({
  entry,
  settings,
  onDone,
}: {
  readonly entry: Settings['cameras'][number];
  readonly settings: Settings;
  readonly onDone: () => void;
}) {
  const { api, announcer } = useApp();
  const words = messages.settingsPage;
  const canBlackOut = takesPrivacy(settings.schema as SchemaNode);
  const [shapes, setShapes] = useState<readonly Shape[]>(() => readShapes(entry.entry));
  const [chosen, setChosen] = useState(0);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [noPicture, setNoPicture] = useState(false);
  const shape = shapes[chosen];

  const change = (index: number, next: Partial<Shape>): void =>
    setShapes(shapes.map((one, at) => (at === index ? { ...one, ...next } : one)));
  const add = (kind: Shape['kind']): void => {
    const count = shapes.filter((one) => one.kind === kind).length + 1;
    setShapes([...shapes, { kind, name: kind === 'zone' ? `${words.zone} ${count}` : '', points: middle, rest: {} }]);
    setChosen(shapes.length);
  };
  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const zones = shapes
      .filter((one) => one.kind === 'zone')
      .map(({ name, points, rest }) => ({ ...rest, name, points }));
    const of = (kind: Shape['kind']) => {
      const list = shapes.filter((one) => one.kind === kind).map(({ points }) => points);
      return list.length === 0 ? null : list;
    };
    try {
      await changeCamera(api, entry.id, [
        { key: 'zones', value: zones.length === 0 ? null : zones },
        { key: 'masks', value: of('mask') },
        ...(canBlackOut ? [{ key: 'privacy', value: of('privacy') }] : []),
      ]);
      announcer.say(messages.saved);
      onDone();
    } catch (failure) {
      setError(whyNot(failure));
      setBusy(false);
    }
  };

  return (
    <div class={styles.editor}>
      <p class={styles.muted}>{words.zonesHelp}</p>
      <div class={styles.canvas}>
        {noPicture ? (
          <p class={styles.noPicture}>{words.noPicture}</p>
        ) : (
          <img
            class={styles.snapshot}
            src={`/video/jpeg/${encodeURIComponent(entry.id)}`}
            alt=""
            onError={() => setNoPicture(true)}
          />
        )}
        <Corners
          shapes={shapes}
          chosen={chosen}
          onChoose={setChosen}
          onChange={(index, points) => change(index, { points })}
        />
      </div>
      <div class={styles.tools}>
        <Button onClick={() => add('zone')}>{words.addZone}</Button>
        <Button onClick={() => add('mask')}>{words.addMask}</Button>
        {canBlackOut ? <Button onClick={() => add('privacy')}>{words.addPrivacy}</Button> : null}
        {shape === undefined ? null : (
          <>
            <Button onClick={() => change(chosen, { points: withCorner(shape.points) })}>{words.addCorner}</Button>
            <Button
              disabled={shape.points.length <= 3}
              onClick={() => change(chosen, { points: shape.points.slice(0, -1) })}
            >
              {words.removeCorner}
            </Button>
            <Button
              onClick={() => {
                setShapes(shapes.filter((_, at) => at !== chosen));
                setChosen(0);
              }}
            >
              {words.removeShape(titleOf(shape))}
            </Button>
          </>
        )}
      </div>
      {shape?.kind === 'zone' ? (
        <Field
          label={words.zoneName}
          name="zone-name"
          value={shape.name}
          onInput={(name) => change(chosen, { name })}
          autocomplete="off"
        />
      ) : null}
      {error === undefined ? null : (
        <p class={styles.error} role="alert">
          {error}
        </p>
      )}
      <div class={styles.choices}>
        <Button onClick={onDone}>{messages.cancel}</Button>
        <Button kind="primary" busy={busy} onClick={() => void save()}>
          {messages.save}
        </Button>
      </div>
    </div>
  );
}

interface CornersProps {
  readonly shapes: readonly Shape[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
  readonly onChange: (index: number, points: readonly Point[]) => void;
}

function Corners({ shapes, chosen, onChoose, onChange }: CornersProps) {
  const words = messages.settingsPage;
  const area = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const shape = shapes[chosen];
  useEffect(() => {
    if (dragged === null || shape === undefined) return;
    const stop = new AbortController();
    const move = (event: PointerEvent): void => {
      const box = area.current?.getBoundingClientRect();
      if (box === undefined) return;
      const to: Point = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      onChange(chosen, movedCorner(shape.points, dragged, to));
    };
    window.addEventListener('pointermove', move, { signal: stop.signal });
    window.addEventListener('pointerup', () => setDragged(null), { signal: stop.signal });
    return () => stop.abort();
  }, [dragged, shape, chosen, onChange]);
  return (
    <div class={styles.area} ref={area}>
      <svg class={styles.shapes} viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
        {shapes.map(({ kind, points }, index) => (
          <polygon
            key={index}
            class={styles[kind]}
            data-chosen={index === chosen ? 'true' : undefined}
            points={points.map(([x, y]) => `${x * 1000},${y * 1000}`).join(' ')}
          />
        ))}
      </svg>
      {shapes.map((one, index) =>
        index === chosen ? null : (
          <button
            key={`choose-${index}`}
            type="button"
            class={styles.shapeName}
            style={{ left: `${(one.points[0]?.[0] ?? 0) * 100}%`, top: `${(one.points[0]?.[1] ?? 0) * 100}%` }}
            onClick={() => onChoose(index)}
          >
            {titleOf(one)}
          </button>
        ),
      )}
      {(shape?.points ?? []).map(([x, y], index) => (
        <button
          key={`corner-${index}`}
          type="button"
          class={styles.corner}
          style={{ left: `${x * 100}%`, top: `${y * 100}%` }}
          aria-label={words.corner(index + 1, Math.round(x * 100), Math.round(y * 100))}
          onPointerDown={(event) => {
            event.preventDefault();
            setDragged(index);
          }}
          onKeyDown={(event) => {
            const by: Readonly<Record<string, Point>> = {
              ArrowLeft: [-stepShare, 0],
              ArrowRight: [stepShare, 0],
              ArrowUp: [0, -stepShare],
              ArrowDown: [0, stepShare],
            };
            const step = Object.hasOwn(by, event.key) ? by[event.key] : undefined;
            if (step === undefined || shape === undefined) return;
            event.preventDefault();
            onChange(chosen, movedCorner(shape.points, index, [x + step[0], y + step[1]]));
          }}
        />
      ))}
    </div>
  );
}

function readShapes(entry: Readonly<Record<string, unknown>>): Shape[] {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const zones = list(entry['zones']).map((zone): Shape => {
    const { name, points, ...rest } = zone as { name?: string; points?: Point[] };
    return { kind: 'zone', name: name ?? '', points: points ?? [], rest };
  });
  const plain = (kind: Shape['kind'], value: unknown): Shape[] =>
    list(value).map((points) => ({ kind, name: '', points: points as Point[], rest: {} }));
  return [...zones, ...plain('mask', entry['masks']), ...plain('privacy', entry['privacy'])];
}

function titleOf({ kind, name }: Shape): string {
  const words = messages.settingsPage;
  return kind === 'zone' ? name : kind === 'mask' ? words.mask : words.privacy;
}

/** A server that can't black out anything yet says so in its schema, and would not start with it. */
function takesPrivacy(root: SchemaNode): boolean {
  const entry = root.properties?.['cameras']?.items?.anyOf?.find(({ type }) => type === 'object');
  const node = entry?.properties?.['privacy'];
  return node !== undefined && node.later === undefined;
}
