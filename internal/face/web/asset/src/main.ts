// Pollen without script is whole; this makes it quicker. Each part looks for
// its own data- attributes and does nothing where there are none.
import { watchForms } from "./forms";
import { watchKeys } from "./keys";
import { watchMenus } from "./menus";
import { watchSwaps } from "./swap";
import { watchSimilar } from "./similar";
import { watchFields } from "./ahead";
import { offerRows } from "./rows";
import { watchUploads } from "./upload";
import { watchLive } from "./live";

watchMenus();
watchKeys();
watchForms();
watchSwaps();
watchFields();
watchSimilar();
offerRows(document);
watchUploads();
watchLive();
