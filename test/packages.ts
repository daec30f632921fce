import { ensurePackages } from "../lab/packages.js";

/** Before the first test that needs a real sshd or a lab: the Debian packages that they need. */
export default () => ensurePackages((text) => process.stderr.write(`${text}\n`));
