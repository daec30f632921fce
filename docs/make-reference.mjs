// Writes docs/resources.md from the JSDoc of the SDK's classes and of the kinds' shapes: `npm run docs`.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");
const parse = (file) => ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
const docOf = (node) => (ts.getJSDocCommentsAndTags(node)[0]?.comment ?? "").toString();
const oneLine = (text) => text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

/** The properties of every shape and of every object schema in the kinds, by the name of the constant. */
const shapes = new Map();
for (const file of ["provider/fields.ts", ...readdirSync(join(root, "provider/kinds")).sort().map((f) => `provider/kinds/${f}`)]) {
  ts.forEachChild(parse(file), (node) => {
    if (!ts.isVariableStatement(node)) return;
    for (const { name, initializer } of node.declarationList.declarations) {
      const object = initializer && (ts.isObjectLiteralExpression(initializer) ? initializer : ts.isCallExpression(initializer) ? initializer.arguments.find(ts.isObjectLiteralExpression) : undefined);
      if (object) shapes.set(name.getText(), object.properties);
    }
  });
}

/** Whether a property may be left out, as its schema says. */
const optional = (source) => /\.(optional|default)\(|^ethernetMtu$/.test(source);

function rows(shape, prefix = "") {
  return [...(shapes.get(shape) ?? [])].flatMap((p) => {
    if (ts.isSpreadAssignment(p)) return rows(p.expression.getText(), prefix);
    const source = ts.isPropertyAssignment(p) ? p.initializer.getText() : p.name.getText();
    const name = `${prefix}${p.name.getText()}`;
    const row = `| \`${name}\`${optional(source) ? "" : " *"} | ${oneLine(docOf(p))} |`;
    return [row, ...(ts.isShorthandPropertyAssignment(p) && shapes.has(source) ? rows(source, `${name}.`) : [])];
  });
}

const sections = readdirSync(join(root, "sdk")).sort().flatMap((file) => {
  if (!file.endsWith(".ts")) return [];
  const source = parse(`sdk/${file}`);
  const shape = /typeof (\w+Shape)/.exec(source.text)?.[1];
  const found = [];
  ts.forEachChild(source, (node) => {
    if (ts.isClassDeclaration(node) && shape && shape !== "hostShape") found.push(`## ${node.name.text}\n\n${docOf(node)}\n\n| property | |\n| --- | --- |\n${rows(shape).join("\n")}\n`);
  });
  return found;
});

const head = `# Resources

Made from the sources by \`npm run docs\`. A star marks what must be given; every property is an output as well. Besides its own, each takes
\`host\` * (a [Host](hosts.md)) and \`adopt\` (take over an object that is there already; deleting the resource then gives back what was found).
`;
const text = [head, ...sections].join("\n");
if (process.argv[2] === "--print") process.stdout.write(text);
else writeFileSync(join(root, "docs/resources.md"), text);
