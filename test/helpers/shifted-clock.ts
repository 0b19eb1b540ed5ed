// Loaded with `node --import` before a server, in its threads too: the process lives at another time.
// `TEST_CLOCK_SHIFT_MS`: how far its clock is ahead of the machine's (behind it when negative).
const shift = Number(process.env['TEST_CLOCK_SHIFT_MS'] ?? 0);
if (!Number.isSafeInteger(shift)) throw new Error('TEST_CLOCK_SHIFT_MS must be a whole number');
const real = Date.now.bind(Date);
Date.now = () => real() + shift;
