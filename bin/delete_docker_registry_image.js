#!/usr/bin/env node
import '../dist/cli/ancestor-main.js';
