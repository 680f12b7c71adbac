/** Loaded before a program (`node --require`): when it ends, the most memory it ever had, in bytes, goes to the file PEAK_MEMORY_FILE. */
import * as fs from 'fs'

process.on('exit', () => {
  const file = process.env['PEAK_MEMORY_FILE']
  if (file !== undefined) fs.writeFileSync(file, String(process.resourceUsage().maxRSS * 1024))
})
