// What the server writes into the page of a bench and what its API answers. Nothing here is served.

declare namespace Api {
  type KnobValue = string | number | boolean;
  interface Knob {
    name: string; kind: "int" | "float" | "bool" | "choice"; choices: KnobValue[]; unit?: string;
    label: string; value: KnobValue;
  }
  interface Measure { id: string; title: string; unit: string }
  interface CheckTitle { id: string; title: string }
  interface File { name: string; text: string; starter?: string; editable: boolean }
  interface Prediction { measure: string; value: number }

  interface CheckResult extends CheckTitle {
    verdict: "passed" | "failed" | "not_tested";
    expected: string;
    observed: string;
    events: number[];
  }

  interface Run {
    id: string;
    status: string;
    outcome?: string | null;
    reason?: string | null;
    queue_position?: number | null;
    prediction?: Prediction | null;
    checks?: CheckResult[] | null;
    measures?: Record<string, number | null> | null;
  }

  /** The page's own data: `Bench.data` in labs/bench.py. */
  interface Bench {
    slug: string;
    title: string;
    learner: string;
    revision: string;
    wall: number;
    budget: number;
    lanes: string[];
    files: File[];
    knobs: Knob[];
    checks: CheckTitle[];
    measures: Measure[];
    /** The id of the run that the page shows. */
    run: string | null;
    runs: { at: string }[];
    run_files: Record<string, string>;
    /** The id of the run that the page was asked to start from, and its knobs. */
    from: string | null;
    from_knobs: Record<string, KnobValue>;
    /** When that run was queued, and whether it is the viewer's own. */
    from_at: string | null;
    from_own: boolean;
    page_of_run: boolean;
    owner: boolean;
    may_start: boolean;
    sandbox: { state: string };
    urls: {
      recording: string; runs: string; api_runs: string; api_start: string; read_prediction: string;
      solution: string; next: string; predictions: string;
    };
  }

  /** A problem document (RFC 9457), where the API refuses. */
  interface Problem { detail?: string; errors?: { where: string; what: string }[] }

  /** `status` 0: the server is away, or is `late`. `retry`: seconds, 0 where the server named none. */
  interface Response { ok: boolean; status: number; body: any; retry: number; late: boolean }
}
