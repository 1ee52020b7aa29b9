export default function Palette(_: { onClose: () => void; onShortcuts: () => void }) { return null; }
