"""Where too many bodies are on their way the slowest is dropped, whatever becomes of it meanwhile."""

from __future__ import annotations

import asyncio
import io

from burnish_flows.serving.uploads import Upload, Uploads


def test_one_whose_time_is_up_just_now_makes_room_too() -> None:
    async def expire() -> Upload:
        uploads = Uploads(most=1, seconds=60, size=100)
        try:
            async with asyncio.timeout(0) as timeout:
                uploads.present.append(Upload(began=0, file=io.BytesIO(), timeout=timeout))
                try:
                    await asyncio.sleep(60)
                finally:
                    uploads._make_room(1)
        except TimeoutError:
            pass
        return uploads.present[0]

    assert asyncio.run(expire()).dropped
