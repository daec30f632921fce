// Writes docs/resources.md and docs/components.md from the JSDoc of the SDK's classes and of the kinds' shapes: `npm run docs`.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");
const parse = (file) => ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
const docOf = (node) => (ts.getJSDocCommentsAndTags(node)[0]?.comment ?? "").toString();
const oneLine = (text) => text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

/** The properties of every shape and of every object schema in the kinds, by the name of the constant. */
const shapes = new Map();
for (const file of ["provider/fields.ts", "provider/netfilter/rule.ts", ...readdirSync(join(root, "provider/kinds")).sort().map((f) => `provider/kinds/${f}`)]) {
  ts.forEachChild(parse(file), (node) => {
    if (!ts.isVariableStatement(node)) return;
    for (const { name, initializer } of node.declarationList.declarations) {
      const object = initializer && (ts.isObjectLiteralExpression(initializer) ? initializer : ts.isCallExpression(initializer) ? initializer.arguments.find(ts.isObjectLiteralExpression) : undefined);
      if (object) shapes.set(name.getText(), object.properties);
    }
  });
}

/** Whether a property may be left out, as its schema says, or what is said of it where the class itself gives it. */
const optional = (source, doc) => /\.(optional|default)\(|^ethernetMtu$/.test(source) || /^Output: |Default: /.test(doc);

/** The properties of a shape with their rows; what is said later of one is what holds. */
function entries(shape, prefix = "") {
  return [...(shapes.get(shape) ?? [])].flatMap((p) => {
    if (ts.isSpreadAssignment(p)) return entries(p.expression.getText(), prefix);
    const source = ts.isPropertyAssignment(p) ? p.initializer.getText() : p.name.getText();
    const name = `${prefix}${p.name.getText()}`;
    const row = `| \`${name}\`${optional(source, docOf(p)) ? "" : " *"} | ${oneLine(docOf(p))} |`;
    const inner = /^(\w+)(\.optional\(\))?$/.exec(source)?.[1];
    return [[name, row], ...(shapes.has(inner) ? entries(inner, `${name}.`) : [])];
  });
}

const rows = (shape) => [...new Map(entries(shape)).values()];

/** The members of an interface, and of those that it extends, as rows. */
function members(node, all) {
  const own = node.members.map((m) => `| \`${m.name.getText()}\`${m.questionToken ? "" : " *"} | ${oneLine(docOf(m))} |`);
  const from = (node.heritageClauses ?? []).flatMap((h) => h.types).flatMap((t) => {
    const [base, leftOut] = t.expression.getText() === "Omit" ? [t.typeArguments[0].getText(), t.typeArguments[1].getText()] : [t.expression.getText(), ""];
    return all.has(base) ? members(all.get(base), all).filter((row) => !leftOut.includes(`"${/`(\w+)`/.exec(row)[1]}"`)) : [];
  });
  return [...own, ...from];
}

const sets = parse("sdk/types.ts").statements.find((s) => s.name?.text === "SetArgsOf");

const sections = readdirSync(join(root, "sdk")).sort().flatMap((file) => {
  if (!file.endsWith(".ts")) return [];
  const source = parse(`sdk/${file}`);
  const shape = /typeof (\w+Shape)/.exec(source.text)?.[1];
  const found = [];
  ts.forEachChild(source, (node) => {
    if (!ts.isClassDeclaration(node) || !shape || shape === "hostShape") return;
    const table = source.text.includes("SetArgsOf") ? members(sets, new Map()) : rows(shape);
    found.push(`## ${node.name.text}\n\n${docOf(node)}\n\n| property | |\n| --- | --- |\n${table.join("\n")}\n`);
  });
  return found;
});

const componentFiles = readdirSync(join(root, "sdk/components")).sort().filter((f) => f.endsWith(".ts")).map((f) => parse(`sdk/components/${f}`));
const interfaces = new Map(componentFiles.flatMap((f) => f.statements).filter(ts.isInterfaceDeclaration).map((node) => [node.name.text, node]));
const componentsOf = (source) => source.statements.filter(ts.isClassDeclaration).flatMap((node) => {
  const args = interfaces.get(`${node.name.text}Args`);
  const nested = args ? [...new Set([...args.getText().matchAll(/\b(\w+)\[\]/g)].map((m) => m[1]))].filter((name) => interfaces.has(name)) : [];
  const table = (of) => `| property | |\n| --- | --- |\n${members(of, interfaces).join("\n")}\n`;
  return args ? [`## ${node.name.text}\n\n${docOf(node)}\n\n${table(args)}`, ...nested.map((name) => `### ${name}\n\n${docOf(interfaces.get(name))}\n\n${table(interfaces.get(name))}`)] : [];
});

const head = (title) => `# ${title}

Made from the sources by \`npm run docs\`. A star marks what must be given.`;
const pages = {
  "docs/resources.md": [`${head("Resources")} Every property is an output as well. Besides its own, each takes
\`host\` * (a [Host](hosts.md)) and \`adopt\` (take over an object that is there already; deleting the resource then gives back what was found);
\`guard\` (have the host take the change back unless a new SSH connection confirms it; \`false\` refuses; default: where it may cut the way to the host),
\`confirmTimeout\` (seconds, 30) and \`probes\` (addresses that must answer as before), all as in [adr 8](adr/0008-a-host-takes-back-what-nobody-confirms.md).
`, ...sections],
  "docs/components.md": [`${head("Components")}\n`, ...componentFiles.flatMap(componentsOf)],
};
for (const [page, parts] of Object.entries(pages)) {
  if (process.argv[2] === "--print") process.stdout.write(`${parts.join("\n")}\n`);
  else writeFileSync(join(root, page), parts.join("\n"));
}
