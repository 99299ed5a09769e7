// What the scripts say of a trace: events as the server sends them, and what trace/model.js folds them into.
// Times are seconds since the run's claim. Nothing here is served.

declare namespace Trace {
  type Model = import("../../labs/static/labs/trace/model.js").TraceModel;
  type Fold = (model: Model, event: Event, lane: Lane) => void;

  /** One event, as the API and the stream send it. */
  interface Raw {
    seq: number;
    t: number;
    lane: string;
    kind: string;
    task?: string | null;
    name?: string | null;
    attempt?: number | null;
    data?: Record<string, any>;
  }

  /** An event that was folded: its time never runs backwards. */
  interface Event extends Raw {
    /** When it happened, by the sender's clock where it has one; else when it came. */
    at: number;
    data: Record<string, any>;
  }

  interface Lane {
    name: string;
    rows: Execution[];
    up: number | null;
    pid: number | null;
    system: string;
    version: string;
    seen: number;
    calls: boolean;
  }

  interface Receipt {
    t: number;
    lane: string;
    seq: number;
    redelivery: Hold | null;
    taken: boolean;
  }

  interface Task {
    id: string;
    /** The last part of its dotted name; `whole` is all of it. */
    name: string;
    whole: string;
    number: number;
    short: string;
    label: string;
    sent: { t: number; seq: number; eta: string | null }[];
    receipts: Receipt[];
    executions: Execution[];
    acks: number;
    events: number[];
    redelivery: Hold | null;
    /** An acknowledgement that came before its execution's start. */
    early: { lane: string; t: number } | null;
    wait: Wait | null;
    waits: Wait[];
  }

  type Kind = "task" | "request" | "background" | "call";
  type State =
    | "queued" | "running" | "retrying" | "succeeded" | "failed" | "lost" | "redelivered"
    | "revoked" | "rejected" | "discarded" | "ignored" | "replaced" | "cancelled" | "expired" | "unfinished";

  /** One go of a worker at a task; or a request, a background function, a call of a stub. */
  interface Execution {
    key: string;
    kind: Kind;
    task: string;
    name: string;
    whole: string;
    /** The number of the execution among those of its task, 0 where nothing counts them. */
    number: number;
    attempt: number;
    lane: string;
    child: string;
    process: number | null;
    /** Has its system acknowledgements at all? */
    acknowledges: boolean;
    row: number;
    start: number;
    end: number;
    state: State;
    startSeq: number;
    endSeq: number | null;
    ack: number | null;
    /** What a pool's parent said after the child had died. */
    after: { t: number; state: State } | null;
    redelivery: Hold | null;
    note: string;
    short: string;
    label: string;
    seqs: number[];
    /** False where a task was rejected, revoked or failed without a start. */
    ran?: boolean;
    request?: number | string;
    where?: string;
    /** Executed by its caller, without a message. */
    eager?: boolean;
    /** `link_error` where it was called because another task had failed. */
    callback?: string;
  }

  /** A message that waits: `eta rate-limit prefetched deferred scheduled`. */
  interface Wait { t: number; start: number; end: number; lane: string; task: Task; why: string; seq: number }
  interface Link {
    kind: "redelivered" | "retrying"; from: Execution | null; to: Execution; hold: Hold | null;
  }
  /** A message that was out of sight in the broker. */
  interface Hold {
    task: Task; start: number; end: number; lane: string; seq: number; row?: number; y?: number | null;
  }
  interface Down {
    lane: string; start: number; end: number; signal: number | null; exit: number | null; seq: number;
  }
  interface Span {
    kind: "paused" | "frozen" | "outage" | "lock"; lane: string; start: number; end: number; seq: number;
    by?: string; name?: string;
  }
  interface Kill {
    t: number; lane: string; child: string; signal: number | null; exit: number | null; by: string;
    seq: number; lost: string[];
  }
  interface Send { t: number; lane: string; task: Task; seq: number; kind: "sent" }
  interface Mark { t: number; lane: string; text: string; kind?: "forged" | "lock" | "missed"; seq: number }
  interface Tick { t: number; lane: string; seq: number; task?: Task }
  interface Fire { t: number; lane: string; name: string; seq: number }
  interface Depth { t: number; n: number; by?: number | Record<string, number> | null }
  interface Unacked { t: number; n: number; oldest: number }
  interface Probe {
    t: number; lane: string; p50?: number; p99?: number; worst?: number; count?: number; failed?: number;
  }
  /** A second in which a timer of the jail fired `worst` seconds late. */
  interface Late { start: number; end: number; worst: number; seq: number }
  /**
   * Of a whole run: seconds of the worst lateness and of all, and the share of the time in which something
   * waited for a core.
   */
  interface Busy { worst?: number; total?: number; pressure?: number | null }
  interface Anchor { t: number; lane: string; execution: Execution | null }
  interface Gap { from: number; to: number }
}
