/** The desk's own script: starts the parts that pages use. Everything works on whole pages too. */

import { startClock } from './clock.js';
import { startEditor } from './editor.js';
import { startEnclosures } from './enclosures.js';
import { startFrames } from './frame.js';
import { startGrowing } from './growing.js';
import { startKeyboard } from './keyboard.js';
import { startLabels } from './labels.js';
import { startLeaving } from './leaving.js';
import { startLive } from './live.js';
import { startNavigation } from './navigate.js';
import { startPreview } from './preview.js';
import { startToasts } from './toasts.js';

startClock();
startNavigation();
startEditor();
startEnclosures();
startToasts();
startFrames();
startPreview();
startLeaving();
startLabels();
startGrowing();
startKeyboard();
startLive();
