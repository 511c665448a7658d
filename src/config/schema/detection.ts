import Type from 'typebox';
import { classList, flag, port, section, threshold } from './vocabulary.ts';

const area = (which: string) =>
  Type.Union([Type.Integer({ minimum: 0, maximum: 100_000_000 }), Type.Null()], {
    description: `${which} area of a box that counts; empty: any`,
    unit: 'px² of `resolution`',
    default: null,
  });

/** What a camera may set for itself as well. */
export const detectionOfCamera = {
  enabled: flag('look for objects', true),
  confidence: threshold('lowest confidence of a detection; empty: the threshold of the model for each class'),
  sensitivity: Type.Enum(['low', 'normal', 'high'], {
    description: 'how little must move before the model looks; `low` for swaying trees, `high` for far away or dim',
    default: 'normal',
  }),
  resolution: section('Size to which detections are reported.', {
    width: Type.Integer({ description: 'width', unit: 'px', default: 960, minimum: 64, maximum: 7680 }),
    height: Type.Integer({ description: 'height', unit: 'px', default: 540, minimum: 64, maximum: 4320 }),
  }),
  stream: section('How a stream is read.', {
    buffer_size: Type.Integer({
      description: 'pictures that may wait for the detector before the oldest is dropped',
      unit: 'pictures',
      default: 10,
      minimum: 1,
      maximum: 100,
    }),
    reconnect_interval: Type.Number({
      description: 'longest pause between two tries to reach a camera',
      unit: 's',
      default: 5,
      minimum: 1,
      maximum: 300,
    }),
  }),
  filters: section('Which detections count.', {
    classes: classList('COCO classes, or the groups `vehicle` and `animal`; empty: person and vehicle'),
    min_area: area('smallest'),
    max_area: area('largest'),
  }),
};

export const detection = section('Finding people and vehicles.', {
  ...detectionOfCamera,
  port: port('port of the dashboard and the REST API', 8080),
  model: Type.String({
    description: 'an ONNX file, of those that docs/detection.md names; empty: the built-in model',
    default: '',
    format: 'path',
  }),
  runtime: section('How the model runs.', {
    processes: Type.Union([Type.Integer({ minimum: 1, maximum: 64 }), Type.Null()], {
      description: 'processes of the model; empty: one less than the machine has cores',
      default: null,
    }),
    threads: Type.Integer({
      description: 'threads of each process; more processes do more than more threads',
      default: 1,
      minimum: 1,
      maximum: 64,
    }),
    providers: Type.Array(Type.String({ format: 'provider' }), {
      description: 'execution providers of onnxruntime by preference, such as `cuda`, `coreml`, `webgpu`; empty: `cpu`',
      default: [],
      maxItems: 8,
    }),
  }),
});

export const appearance = section('How boxes and labels are drawn.', {
  box: section('The box.', {
    thickness: Type.Integer({ description: 'line width', unit: 'px', default: 2, minimum: 1, maximum: 20 }),
    color: Type.Enum(['green', 'red', 'blue', 'yellow', 'white', 'black', 'roboflow'], {
      description: 'colour; `roboflow`: one for each class',
      default: 'yellow',
    }),
  }),
  label: section('The label.', {
    text_scale: Type.Number({ description: 'text size', default: 0.5, minimum: 0.1, maximum: 5 }),
    text_thickness: Type.Integer({ description: 'stroke width', unit: 'px', default: 1, minimum: 1, maximum: 10 }),
    text_padding: Type.Integer({
      description: 'space round the text',
      unit: 'px',
      default: 10,
      minimum: 0,
      maximum: 50,
    }),
    position: Type.Enum(
      [
        'top_left',
        'top_center',
        'top_right',
        'center_left',
        'center',
        'center_right',
        'bottom_left',
        'bottom_center',
        'bottom_right',
      ],
      { description: 'where it stands at the box', default: 'top_left' },
    ),
    border_radius: Type.Integer({ description: 'rounding', unit: 'px', default: 0, minimum: 0, maximum: 50 }),
  }),
});
