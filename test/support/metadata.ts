import sharp from 'sharp';

/** An XMP packet with a title in two languages, two keywords, a place and a time. */
export const XMP = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
  xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="2020-05-06T07:08:09.5+02:00"
  exif:GPSLatitude="33,51,30S" exif:GPSLongitude="151,12.5E">
<dc:title><rdf:Alt><rdf:li xml:lang="cs">Červené auto</rdf:li><rdf:li xml:lang="x-default">A red car</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>car</rdf:li><rdf:li>červené</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** EXIF as a phone writes it, in central Prague, two hours ahead of UTC. */
export const EXIF = {
  IFD0: { Make: 'Fuji', Model: 'X100' },
  IFD2: {
    DateTimeOriginal: '2024:06:01 12:30:15',
    OffsetTimeOriginal: '+02:00',
    SubSecTimeOriginal: '25',
  },
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '50/1 5/1 1512/100',
    GPSLongitudeRef: 'E',
    GPSLongitude: '14/1 25/1 0/1',
  },
} as const;

/** A plain JPEG, different for each seed. */
export function plainJpeg(seed: number): Promise<Buffer> {
  const background = { r: seed % 256, g: (seed * 7) % 256, b: (seed * 31) % 256 };
  return sharp({ create: { width: 40, height: 30 + (seed % 50), channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** Puts IPTC records (of the application record, number and text) into a JPEG, as Photoshop does. */
export function withIptc(jpeg: Buffer, records: readonly (readonly [number, string])[]): Buffer {
  const record = (envelope: number, number: number, data: Buffer) =>
    Buffer.concat([Buffer.of(0x1c, envelope, number, data.length >> 8, data.length & 255), data]);
  // The first record says that texts are UTF-8.
  const body = Buffer.concat([
    record(1, 90, Buffer.from('1b2547', 'hex')),
    ...records.map(([number, text]) => record(2, number, Buffer.from(text))),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const resource = Buffer.concat([
    Buffer.from('Photoshop 3.0\0' + '8BIM'),
    Buffer.of(4, 4, 0, 0),
    size,
    body,
    Buffer.alloc(body.length % 2),
  ]);
  const marker = Buffer.from('ffed0000', 'hex');
  marker.writeUInt16BE(resource.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), marker, resource, jpeg.subarray(2)]);
}
