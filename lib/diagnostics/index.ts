/** What can be asked of a model and its data beside the fit. */
export {
  kernelChange,
  relativeMovement,
  tangentKernel,
  type RelativeMovement,
  type TangentKernel,
  type TangentKernelOptions,
} from './lazy-training.js';
export type { MatrixChoice } from './data-matrix.js';
export { localVolume, type LocalVolume, type LocalVolumeData, type LocalVolumeOptions } from './local-volume.js';
