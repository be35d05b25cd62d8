/**
 * Runs a program on every thread that takes part. A program is a list of records: kernel, units, arguments; a kernel runs once
 * for each unit, and a launch begins when the one before it is done. Which thread does which unit changes nothing in the result,
 * since a unit writes only what is its own.
 *
 * One 64-bit ticket says which launch is open (high half) and how many of its units nobody has taken (low half, 0: closed).
 * A unit is taken by compare-and-swap, so that a thread that fell asleep in an old launch cannot take one of a new launch.
 */

// Words shared by all threads, each on a cache line of its own.
const TICKET: usize = 64;
const RECORD: usize = 128; // the open launch
const DONE: usize = 192; // units of it that are finished
const SLEEPERS: usize = 256;
/** Address of each thread's private scratch, a word a thread; the host writes them while nothing runs. */
const OWN: usize = 320;

/** Looks at the ticket before a thread goes to sleep: tens of microseconds, a launch or two. */
const PATIENCE: u32 = 4000;

/** Bytes of a record: kernel, units, then up to 30 words of arguments. */
const RECORD_BYTES: usize = 128;

/** Runs the program at `records` to its end; the thread that calls takes part. */
export function run(records: usize): void {
  const launches = countLaunches(records);
  const end = epochOf(atomic.load<u64>(TICKET)) + launches + 1;
  atomic.store<u32>(RECORD, <u32>records);
  open(end - launches, load<u32>(records, 4));
  for (;;) {
    const ticket = atomic.load<u64>(TICKET);
    if (epochOf(ticket) == end) return;
    takePart(ticket, 0);
  }
}

/** Takes part in every program from now on; never returns. */
export function serve(thread: u32): void {
  for (;;) takePart(atomic.load<u64>(TICKET), thread);
}

function takePart(ticket: u64, thread: u32): void {
  const left = <u32>ticket;
  if (left == 0) return rest(epochOf(ticket));
  if (atomic.cmpxchg<u64>(TICKET, ticket, ticket - 1) != ticket) return;
  // While this unit is not done the launch stays open, and so does its record.
  const record = <usize>atomic.load<u32>(RECORD);
  const units = load<u32>(record, 4);
  call_indirect<void>(load<u32>(record), record + 8, units - left, <usize>load<u32>(OWN + (thread << 2)));
  if (atomic.add<u32>(DONE, 1) + 1 == units) advance(epochOf(ticket), record + RECORD_BYTES);
}

function advance(epoch: u32, next: usize): void {
  atomic.store<u32>(RECORD, <u32>next);
  open(epoch + 1, load<u32>(next, 4));
}

function open(epoch: u32, units: u32): void {
  atomic.store<u32>(DONE, 0);
  atomic.store<u64>(TICKET, ((<u64>epoch) << 32) | units);
  if (atomic.load<u32>(SLEEPERS) > 0) atomic.notify(TICKET + 4, -1);
}

/** Waits for another launch: awake for a while, since the next is a few microseconds away, then asleep. */
function rest(epoch: u32): void {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    if (epochOf(atomic.load<u64>(TICKET)) != epoch) return;
  }
  atomic.add<u32>(SLEEPERS, 1);
  atomic.wait<i32>(TICKET + 4, <i32>epoch, -1);
  atomic.sub<u32>(SLEEPERS, 1);
}

// @ts-ignore: decorator
@inline
function epochOf(ticket: u64): u32 {
  return <u32>(ticket >> 32);
}

/** A record without units ends the list. */
function countLaunches(records: usize): u32 {
  let count: u32 = 0;
  while (load<u32>(records + count * RECORD_BYTES, 4) > 0) count++;
  return count;
}
