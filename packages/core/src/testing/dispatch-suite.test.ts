import { describe, test } from "vitest";
import { storeDispatch } from "../index.ts";
import { dispatchSuite, memoryStore } from "./index.ts";

dispatchSuite({ describe, test }, { create: () => ({ store: memoryStore(), dispatch: storeDispatch }) });
