// Prometheus metrics. Labels are of closed sets (surface, operation, status class): no client can grow them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** One answered request. `seconds` from the head to the end of the answer. */
  request(facts: {
    readonly surface: string;
    readonly operation: string;
    readonly status: number;
    readonly seconds: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
  }): void;
  /** A connection that was closed unheard: its address, or the server, has as many as it may. */
  connectionRefused(reason: 'address' | 'server'): void;
  /** One step of a signing job: planned, succeeded, failed, retried. */
  signing(outcome: string): void;
  /** From the push to the published signature. */
  signingDuration(ms: number): void;
  /** What a collection of garbage removed. */
  collected(facts: {
    readonly blobs: number;
    readonly strayFiles: number;
    readonly freedBytes: number;
  }): void;
  /** The exposition text and its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

interface Tally {
  readonly labels: { readonly surface: string; readonly operation: string; readonly status: string };
  requests: number;
  bytesIn: number;
  bytesOut: number;
}

/** `queueDepth` gives the signing tasks that wait or run, `logLinesLost` the lines since the start. */
export function makeMetrics(options: {
  readonly queueDepth: () => number;
  readonly damagedBlobs: () => Promise<number>;
  readonly logLinesLost: () => number;
  /** 0 while the clock is right. */
  readonly clockBehindMs: () => number;
  /** Sequence of the audit trail's oldest finding that nobody has accepted; 0: there is none. */
  readonly auditFinding: () => number;
  readonly damagedManifests: () => Promise<number>;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'sealport_requests_total',
    help: 'Requests by surface, operation and class of status.',
    labelNames: ['surface', 'operation', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sealport_request_seconds',
    help: 'Time from the request line to the end of the answer.',
    labelNames: ['surface'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers,
  });
  const received = new Counter({
    name: 'sealport_received_bytes_total',
    help: 'Bytes of request bodies.',
    labelNames: ['surface'],
    registers,
  });
  const sent = new Counter({
    name: 'sealport_sent_bytes_total',
    help: 'Bytes of answers.',
    labelNames: ['surface'],
    registers,
  });
  const refusedConnections = new Counter({
    name: 'sealport_connections_refused_total',
    help: 'Connections closed unheard: the limit of their address, or of the server, was reached.',
    labelNames: ['reason'],
    registers,
  });
  const signingJobs = new Counter({
    name: 'sealport_signing_jobs_total',
    help: 'Steps of signing jobs: planned, succeeded, failed, retried.',
    labelNames: ['outcome'],
    registers,
  });
  const signingSeconds = new Histogram({
    name: 'sealport_signing_seconds',
    help: 'Time from the push to the published signature.',
    buckets: [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 5, 30, 120],
    registers,
  });
  const collectedBlobs = new Counter({
    name: 'sealport_collected_blobs_total',
    help: 'Blobs and stray files that the collection of garbage removed.',
    registers,
  });
  const freedBytes = new Counter({
    name: 'sealport_collected_bytes_total',
    help: 'Bytes of blobs and stray files that the collection of garbage removed.',
    registers,
  });
  const damaged: Gauge = new Gauge({
    name: 'sealport_damaged_blobs',
    help: 'Layers whose bytes were found damaged and were not pushed again.',
    registers,
    collect: async () => {
      damaged.set(await options.damagedBlobs());
    },
  });
  const finding: Gauge = new Gauge({
    name: 'sealport_audit_trail_unaccepted',
    help: '1 while something is wrong with the audit trail that no operator has accepted.',
    registers,
    collect: () => {
      finding.set(options.auditFinding() === 0 ? 0 : 1);
    },
  });
  const damagedManifests: Gauge = new Gauge({
    name: 'sealport_damaged_manifests',
    help: 'Manifests whose bytes were found damaged and were not pushed again.',
    registers,
    collect: async () => {
      damagedManifests.set(await options.damagedManifests());
    },
  });
  const clockBehind: Gauge = new Gauge({
    name: 'sealport_clock_behind_seconds',
    help: 'How far the clock is behind the newest time of the records while signing waits for it; else 0.',
    registers,
    collect: () => {
      clockBehind.set(options.clockBehindMs() / 1000);
    },
  });
  const depth: Gauge = new Gauge({
    name: 'sealport_signing_queue_depth',
    help: 'Signing tasks that wait or run.',
    registers,
    collect: () => {
      depth.set(options.queueDepth());
    },
  });

  const linesLost: Counter = new Counter({
    name: 'sealport_log_lines_lost_total',
    help: 'Lines of the log that could not be written: the disk was full, or nobody read them.',
    registers,
    collect: () => {
      linesLost.reset();
      linesLost.inc(options.logLinesLost());
    },
  });

  // Counted here with each request, and in the counters when somebody looks: they make a text of their labels each time.
  const tallies = new Map<string, Tally>();
  function settle(): void {
    for (const { labels, requests: count, bytesIn, bytesOut } of tallies.values()) {
      const { surface } = labels;
      requests.inc(labels, count);
      received.inc({ surface }, bytesIn);
      sent.inc({ surface }, bytesOut);
    }
    tallies.clear();
  }

  return {
    request(facts) {
      const { surface, operation } = facts;
      const status = `${Math.floor(facts.status / 100)}xx`;
      const key = `${surface} ${operation} ${status}`;
      let tally = tallies.get(key);
      if (tally === undefined) {
        tally = { labels: { surface, operation, status }, requests: 0, bytesIn: 0, bytesOut: 0 };
        tallies.set(key, tally);
      }
      tally.requests += 1;
      tally.bytesIn += facts.bytesIn;
      tally.bytesOut += facts.bytesOut;
      seconds.observe({ surface }, facts.seconds);
    },
    connectionRefused: (reason) => refusedConnections.inc({ reason }),
    signing: (outcome) => signingJobs.inc({ outcome }),
    signingDuration: (ms) => signingSeconds.observe(ms / 1000),
    collected(facts) {
      collectedBlobs.inc(facts.blobs + facts.strayFiles);
      freedBytes.inc(facts.freedBytes);
    },
    render: async () => {
      settle();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
