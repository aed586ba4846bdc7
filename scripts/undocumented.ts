import { relative } from "node:path";
import ts from "typescript";
import { root } from "./packages.ts";

/**
 * The members without a comment of everything that some doors hand on: of interfaces, classes and object types, also of those
 * that stand within a parameter or a result. `typedoc` looks at most of them, but not at parameters.
 */
export function undocumented(program: ts.Program, doors: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  const found = new Set<string>();

  function look(node: ts.Node): void {
    // What a function does, and what a value is made of, is nobody's type.
    if (ts.isBlock(node) || ts.isExpression(node)) return;
    if (isMember(node) && ts.getJSDocCommentsAndTags(node).length === 0) found.add(placeOf(node));
    ts.forEachChild(node, look);
  }

  for (const door of doors) {
    const source = program.getSourceFile(door);
    const module = source && checker.getSymbolAtLocation(source);
    for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      for (const declaration of meant.declarations ?? []) look(declaration);
    }
  }
  return [...found].toSorted();
}

type Member = ts.TypeElement | ts.ClassElement;

function isMember(node: ts.Node): node is Member & { readonly name: ts.PropertyName } {
  const isOne =
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node);
  return isOne && !ts.isPrivateIdentifier(node.name);
}

function placeOf(node: Member & { readonly name: ts.PropertyName }): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return `${relative(root, source.fileName)}:${line + 1}: '${node.name.getText(source)}' has no comment: say what it means.`;
}
