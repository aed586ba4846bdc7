import type { Json } from "./json.ts";

/** Text, said by anyone. */
export interface TextPart {
  /** Always `text`: tells the parts of a message apart. */
  readonly type: "text";
  /** What was said. */
  readonly text: string;
}

/** An image or another file, as bytes in base64 or by address. */
export interface FilePart {
  /** Always `file`. */
  readonly type: "file";
  /** Such as `image/png` or `application/pdf`. */
  readonly mediaType: string;
  /** Base64 without a prefix. Either this or `url`. */
  readonly data?: string;
  /** Either this or `data`. */
  readonly url?: string;
  /** File name, for vendors that show it to the model. Default: none. */
  readonly name?: string;
}

/** Reasoning of a model. Opaque parts go back unchanged to the vendor that made them, and are left out for others. */
export interface ReasoningPart {
  /** Always `reasoning`. */
  readonly type: "reasoning";
  /** What may be shown; empty when the vendor hides it. */
  readonly text: string;
  /** The vendor that made it, such as `anthropic`. */
  readonly vendor: string;
  /** The vendor's own block, to be sent back as it is. */
  readonly opaque?: Json;
}

/** A call of one of the caller's tools that the model wants made. */
export interface ToolCallPart {
  /** Always `tool-call`. */
  readonly type: "tool-call";
  /** Ties the result to the call. The vendor's own, or made up where it gives none. */
  readonly id: string;
  /** Name of the tool, as in {@link ToolSpec}. */
  readonly name: string;
  /** Parsed arguments: an object for tools with a schema. */
  readonly args: Json;
  /** Vendor-bound extras that must go back with the call (such as a thought signature). */
  readonly opaque?: {
    /** The vendor that made it; for others it is left out. */
    readonly vendor: string;
    /** The vendor's own value, to be sent back as it is. */
    readonly value: Json;
  };
}

/**
 * A block of a vendor that has no shape here, such as a tool that the vendor ran itself or a compaction. It goes back
 * unchanged to the vendor that made it, and is left out for others. Without it a `pause` could not be continued.
 */
export interface VendorPart {
  /** Always `vendor`. */
  readonly type: "vendor";
  /** The vendor that made it, such as `anthropic`. */
  readonly vendor: string;
  /** The vendor's own block. */
  readonly block: Json;
}

/** What a tool gave back. */
export interface ToolResultPart {
  /** Always `tool-result`. */
  readonly type: "tool-result";
  /** The id of the call that this answers. */
  readonly id: string;
  /** Name of the tool that was called. */
  readonly name: string;
  /** What it returned; a text is sent as it is, everything else as JSON. */
  readonly result: Json;
  /** True when the tool failed and `result` says how. */
  readonly failed?: boolean;
}

/** What a model's turn is made of. */
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | VendorPart;

/** One turn of a conversation. */
export type Message =
  | {
      /** What the caller says. */
      readonly role: "user";
      /** A text, or texts and files in order. */
      readonly content: string | readonly (TextPart | FilePart)[];
    }
  | {
      /** What the model said. */
      readonly role: "assistant";
      /** A text, or the parts of its turn in order: {@link ModelResponse.message} is one. */
      readonly content: string | readonly AssistantPart[];
    }
  | {
      /** What tools gave back, for the calls of the turn before. */
      readonly role: "tool";
      /** One result for each call. */
      readonly content: readonly ToolResultPart[];
    };
