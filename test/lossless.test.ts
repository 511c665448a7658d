import { describeLossless } from './support/lossless.ts';

describeLossless(10);
