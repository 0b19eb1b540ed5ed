// Starts test/model/server.ts, gives it orders, kills it and starts it again on the same data and the same clock.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Order } from './server.ts';

/** The server is gone: whatever was asked of it may have been done or not. */
export class DownError extends Error {
  override readonly name = 'DownError';
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export class ServerProcess {
  readonly #dataDir: string;
  readonly #graceMs: number;
  #child: ChildProcess | undefined;
  #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #ids = 0;
  #aheadMs = 0;
  #toldMs = 0;
  #mayEnd = false;
  #up: Promise<void> = Promise.resolve();
  port = 0;

  constructor(dataDir: string, graceMs: number) {
    this.#dataDir = dataDir;
    this.#graceMs = graceMs;
  }

  /** The server's time at the latest, epoch ms. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** The server's time at the earliest: it may not have heard of the last advance. */
  atLeast(): number {
    return Date.now() + this.#toldMs;
  }

  /** Told when the process ends and nobody wanted it to. */
  onUnexpectedEnd: (error: Error) => void = () => {};

  /** Resolves when the server is there (again). */
  up(): Promise<void> {
    return this.#up;
  }

  /** Whether the process runs. */
  isUp(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  start(): Promise<void> {
    const started = this.#launch();
    this.#up = started;
    return started;
  }

  async advance(ms: number): Promise<void> {
    // First here: nobody may believe that less time has passed than the server does.
    this.#aheadMs += ms;
    await this.order({ kind: 'advance', ms });
    this.#toldMs = this.#aheadMs;
  }

  /** Whatever comes next: the process may die of it. */
  expectDeath(): void {
    this.#mayEnd = true;
  }

  /** Rejects with DownError when the process ends before it answers. */
  order(order: WithoutId<Order>): Promise<unknown> {
    const child = this.#child;
    if (child?.connected !== true) return Promise.reject(new DownError('the server is down'));
    this.#ids += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#ids, answer);
    child.send({ ...order, id: this.#ids }, (error) => {
      if (error !== null) answer.reject(new DownError(error.message));
    });
    return answer.promise;
  }

  /** As `kill -9`, unless it died already; and starts it again. */
  async restart(): Promise<void> {
    const child = this.#child;
    this.#mayEnd = true;
    this.#up = (async () => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await this.#launch();
    })();
    await this.#up;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#mayEnd = true;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }

  async #launch(): Promise<void> {
    this.#toldMs = this.#aheadMs;
    const script = join(import.meta.dirname, 'server.ts');
    const child = fork(script, [this.#dataDir, String(this.#aheadMs), String(this.#graceMs / 1000)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4000);
    });
    const listening = Promise.withResolvers<number>();
    child.on('message', (answer: Answer) => {
      if (answer.id === 0) {
        listening.resolve(Number(answer.result));
        return;
      }
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.error === undefined) waiting?.resolve(answer.result);
      else waiting?.reject(new Error(answer.error));
    });
    child.once('exit', (code, signal) => {
      listening.reject(new Error(`the server ended (${code ?? signal}) before it listened: ${errors}`));
      const lost = this.#waiting;
      this.#waiting = new Map();
      for (const { reject } of lost.values()) reject(new DownError('the server died'));
      if (!this.#mayEnd) this.onUnexpectedEnd(new Error(`the server ended (${code ?? signal}): ${errors}`));
    });
    this.#child = child;
    this.port = await listening.promise;
    this.#mayEnd = false;
  }
}
