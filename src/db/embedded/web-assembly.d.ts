/** What is used of WebAssembly here. Node has it; the types of Node leave it to those of browsers, which are not wanted. */
declare namespace WebAssembly {
  class Module {
    private readonly compiled: never;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
