/** Pairs of many parameters are kept in float32: the course is that of pairs in float64, and large units are kept as they are. */
import { describe, expect, it } from 'vitest';
import { selectBackend } from '../../lib/backends/index.js';
import { lbfgs } from '../../lib/directions/index.js';
import { train } from '../../lib/train.js';
import { randomValues } from '../support/reference.js';

const ROWS = 40;
const COLUMNS = 33000;
