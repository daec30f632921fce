import fc from "fast-check";

// The same examples in every run: what a run says is of the code, not of luck. SEED=… tries others.
fc.configureGlobal({ seed: Number(process.env.SEED ?? 1) });
