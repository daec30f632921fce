// Loaded first into every process of a test's Pulumi program, which lives for seconds: most of that would be its start.
const Module = require("node:module");
const { setFlagsFromString } = require("node:v8");

// The Pulumi SDK loads the TypeScript compiler and npm's dependency resolver at once, for closures and for packages of other
// languages. Here they load when they are first used, if ever.
const seldom = new Set(["typescript", "@npmcli/arborist"]);

/** Stands for a module until something of it is asked for. As it says that it is an ES module, importing it asks for nothing. */
const lazily = (module) => new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : key === "default" ? (module().default ?? module()) : module()[key]), has: (_, key) => key in module() });

const load = Module._load;
Module._load = function (request, parent, isMain) {
  return seldom.has(request) ? lazily(() => load.call(this, request, parent, isMain)) : load.call(this, request, parent, isMain);
};

// Pulumi.yaml's `typescript: false` does not keep the engine from asking for ts-node.
if (process.argv.at(-1)?.endsWith(".js")) process.env.PULUMI_NODEJS_TYPESCRIPT = "false";

// Nor does such a process live to see its code optimised.
setFlagsFromString("--no-opt");
