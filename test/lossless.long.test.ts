import { describeLossless } from './support/lossless.ts';

/** SENTRIX_LOSSLESS_SECONDS for a shorter look. */
describeLossless(Number(process.env['SENTRIX_LOSSLESS_SECONDS'] ?? 600));
